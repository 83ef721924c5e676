// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host that is held open, and what can be done with the names in it. A name is one component, checked by
 * {@link Names}; no operation follows a symbolic link.
 */
abstract class HostDirectory implements Closeable {

    /** Opens a directory by its path; links are followed. The dot has the system refuse a pipe rather than wait for it. */
    static HostDirectory open(Path path) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(path.resolve("."));
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

    /**
     * Makes a symbolic link in it, where there must be nothing of that name.
     *
     * @param root the root of the volume
     */
    abstract void createLink(String name, String text, Path root) throws IOException;

    /** Its entries, in no order; to be closed. */
    abstract DirectoryStream<Path> list() throws IOException;

    /**
     * Sets times of a file or directory in it, or its own ({@code .}); null leaves one as it is.
     */
    abstract void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException;

    /** The text of a symbolic link in it. To be trusted no more than a path that the guest gave. */
    abstract String readLink(String name) throws IOException;

    /** Where it was when it was opened; what is found there is to be believed only if its key is the right one. */
    abstract Path path();

    /**
     * The text of a symbolic link in it that is known to be that one.
     *
     * @throws VolumeException {@code BUSY} if it cannot be said for sure
     */
    final String readLink(String name, @Nullable Object key) throws IOException {
        Path file = path().resolve(name);
        boolean before = key != null && isAt(file, key);
        String text = readLink(name);
        if (!before || !isAt(file, key)) {
            throw new VolumeException(VolumeException.Reason.BUSY);
        }
        return text;
    }

    private static boolean isAt(Path file, @Nullable Object key) throws IOException {
        return Objects.equals(
                key,
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey());
    }

    /** What the JDK tells by path only: the number of links and the times of a file that still is the one with the key. */
    record Details(long links, FileTime accessed, FileTime modified) {

        /** Null if it is not there any more, or this host does not tell. */
        static @Nullable Details of(Path file, @Nullable Object key) {
            try {
                Map<String, Object> all = Files.readAttributes(
                        file, "unix:nlink,fileKey,lastAccessTime,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
                return key == null || !key.equals(all.get("fileKey"))
                        ? null
                        : new Details(
                                ((Number) all.get("nlink")).longValue(),
                                (FileTime) all.get("lastAccessTime"),
                                (FileTime) all.get("lastModifiedTime"));
            } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
                return null;
            }
        }
    }

    /** How many names a file or directory in it has, or itself ({@code .}); 1 if that cannot be found out. */
    final long links(String name, BasicFileAttributes attributes) {
        Details details = Details.of(path().resolve(name), attributes.fileKey());
        return details == null ? 1 : details.links;
    }
}
