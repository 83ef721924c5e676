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
 * A directory of the host that is held open, with the operations on its entries. A name is one component, checked by
 * {@link Names}; no operation follows a symbolic link.
 */
abstract class HostDirectory implements Closeable {

    /**
     * Opens a directory by its path, following links. With the dot the system refuses a pipe instead of waiting for it.
     */
    @SuppressWarnings("StreamResourceLeak") // the directory closes it
    static HostDirectory open(Path path) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(path.resolve("."));
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return new SecureDirectory(secure, path);
        }
        stream.close();
        return CheckedDirectory.open(path);
    }

    /** Closes a directory; a failure does not matter. */
    static void close(HostDirectory directory) {
        try {
            directory.close();
        } catch (IOException e) {
            // The descriptor is released in any case.
            VolumeException.of(e);
        }
    }

    /** Returns its own attributes. */
    abstract BasicFileAttributes attributes() throws IOException;

    /** Returns the attributes of a name; null if it does not exist. */
    abstract @Nullable BasicFileAttributes attributes(String name) throws IOException;

    /**
     * Opens a directory in it.
     *
     * @param expected the attributes that were read before, of a directory and not of a link
     * @throws VolumeException {@code BUSY} if the name now belongs to something else
     */
    abstract HostDirectory directory(String name, BasicFileAttributes expected) throws IOException;

    /** Opens this directory again. */
    abstract HostDirectory again() throws IOException;

    /** Opens or creates a file in it. */
    abstract FileChannel file(String name, Set<? extends OpenOption> options) throws IOException;

    abstract void deleteFile(String name) throws IOException;

    abstract void deleteDirectory(String name) throws IOException;

    /** Renames an entry; an existing target is replaced, as by {@code rename(2)}. */
    abstract void move(String name, HostDirectory target, String newName) throws IOException;

    /**
     * Creates a directory in it; the name must not exist.
     *
     * @param root the root of the volume
     */
    abstract void createDirectory(String name, Path root) throws IOException;

    /**
     * Creates a symbolic link in it; the name must not exist.
     *
     * @param root the root of the volume
     */
    abstract void createLink(String name, String text, Path root) throws IOException;

    /** Returns its entries in no particular order; the caller closes the stream. */
    abstract DirectoryStream<Path> list() throws IOException;

    /** Sets the times of an entry, or its own ({@code .}); null leaves one unchanged. */
    abstract void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException;

    /** Returns the text of a symbolic link in it, which must be trusted no more than a path from the guest. */
    abstract String readLink(String name) throws IOException;

    /** Returns the path at which it was opened; what is found there may be used only if its key matches. */
    abstract Path path();

    /**
     * Returns the text of a symbolic link in it after checking that it is the given link.
     *
     * @throws VolumeException {@code BUSY} if that cannot be determined
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

    /**
     * What the JDK reports only by path: the number of links and the times of a file, if it still has the given key.
     */
    record Details(long links, FileTime accessed, FileTime modified) {

        /** Returns null if the file is no longer there, or the host does not report its key. */
        static @Nullable Details of(Path file, @Nullable Object key) {
            try {
                Map<String, Object> all = Files.readAttributes(
                        file, "unix:nlink,fileKey,lastAccessTime,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
                return key != null
                                && key.equals(all.get("fileKey"))
                                && all.get("nlink") instanceof Number links
                                && all.get("lastAccessTime") instanceof FileTime accessed
                                && all.get("lastModifiedTime") instanceof FileTime modified
                        ? new Details(links.longValue(), accessed, modified)
                        : null;
            } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
                return null;
            }
        }
    }

    /** Returns how many names an entry, or the directory itself ({@code .}), has; 1 if that cannot be determined. */
    final long links(String name, BasicFileAttributes attributes) {
        Details details = Details.of(path().resolve(name), attributes.fileKey());
        return details == null ? 1 : details.links;
    }
}
