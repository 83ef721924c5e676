// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host that is held open, and what can be done with the names in it. A name is one component, checked by
 * {@link Names}; no operation follows a symbolic link.
 */
abstract class HostDirectory implements Closeable {

    /** Opens a directory by its path; links are followed. */
    static HostDirectory open(Path path) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(path);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return new SecureDirectory(secure, path);
        }
        stream.close();
        return CheckedDirectory.open(path);
    }

    /** Its own attributes. */
    abstract BasicFileAttributes attributes() throws IOException;

    /** The attributes of a name; null if there is nothing. */
    abstract @Nullable BasicFileAttributes attributes(String name) throws IOException;

    /**
     * Opens a directory in it.
     *
     * @param expected its attributes of a moment ago; a directory, and no link
     * @throws VolumeException {@code BUSY} if it is another one by now
     */
    abstract HostDirectory directory(String name, BasicFileAttributes expected) throws IOException;

    /** Opens it once more. */
    abstract HostDirectory again() throws IOException;

    /** Opens or makes a file in it. */
    abstract FileChannel file(String name, Set<? extends OpenOption> options) throws IOException;

    abstract void deleteFile(String name) throws IOException;

    abstract void deleteDirectory(String name) throws IOException;

    /** Renames; what is there under the new name is replaced, as {@code rename(2)} does. */
    abstract void move(String name, HostDirectory target, String newName) throws IOException;

    /**
     * Makes a directory in it, where there must be nothing of that name.
     *
     * @param root the root of the volume
     */
    abstract void createDirectory(String name, Path root) throws IOException;

    /** Its entries, in no order; to be closed. */
    abstract DirectoryStream<Path> list() throws IOException;

    /**
     * Sets times of a file or directory in it, or its own ({@code .}); null leaves one as it is.
     */
    abstract void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException;

    /** The text of a symbolic link in it. To be trusted no more than a path that the guest gave. */
    abstract String readLink(String name) throws IOException;
}
