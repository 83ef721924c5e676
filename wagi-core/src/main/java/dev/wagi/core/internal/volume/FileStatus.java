// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;

/**
 * What a guest is told of a file or directory. Devices and inodes are made up: they tell two files apart as long as this
 * process runs, and say nothing of the host.
 *
 * @param device the same for all of a volume
 * @param inode the same for all names of a file
 * @param type what it is
 * @param links how many names it has; 1 where the host does not tell
 * @param size in bytes; of a link, that of its text; 0 for all but these and regular files
 * @param accessed nanoseconds since 1970
 * @param modified as {@code accessed}; stands for the time of the last change as well
 */
public record FileStatus(long device, long inode, Type type, long links, long size, long accessed, long modified) {

    /** What there can be in a directory. */
    public enum Type {
        /** A directory. */
        DIRECTORY,
        /** A file with bytes in it. */
        REGULAR,
        /** A symbolic link. */
        LINK,
        /** Anything else: it can be seen and removed, nothing more. */
        OTHER;

        /** What the attributes say; a junction of Windows is a directory to the JDK, too, and anything else to us. */
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
