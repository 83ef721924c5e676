// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;

/**
 * The status of a file or directory as reported to a guest. Devices and inodes are synthetic: they distinguish files as
 * long as this process runs, and reveal nothing about the host.
 *
 * @param device the same for everything in a volume
 * @param inode the same for all names of a file
 * @param type the type
 * @param links the number of names; 1 where the host does not report it
 * @param size the size in bytes of a regular file, or of the text of a link; 0 for all others
 * @param accessed nanoseconds since 1970
 * @param modified nanoseconds since 1970; also used as the time of the last status change
 */
public record FileStatus(long device, long inode, Type type, long links, long size, long accessed, long modified) {

    /** The types of directory entries. */
    public enum Type {
        /** A directory. */
        DIRECTORY,
        /** A regular file. */
        REGULAR,
        /** A symbolic link. */
        LINK,
        /** Anything else, which can only be seen and removed. */
        OTHER;

        /**
         * Returns the type. The JDK reports a Windows junction as a directory and as other; it counts as other here.
         */
        static Type of(BasicFileAttributes attributes) {
            if (attributes.isSymbolicLink()) {
                return LINK;
            } else if (attributes.isOther()) {
                return OTHER;
            }
            return attributes.isDirectory() ? DIRECTORY : REGULAR;
        }
    }

    static long time(FileTime time) {
        return Math.max(0, time.to(TimeUnit.NANOSECONDS));
    }
}
