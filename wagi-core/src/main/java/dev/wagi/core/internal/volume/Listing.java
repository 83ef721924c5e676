// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.headroom.StackRoom;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Iterates over the entries of a directory: {@code .}, {@code ..}, then those of the host in its order. */
public final class Listing implements Closeable {

    /**
     * An entry.
     *
     * @param name one component
     * @param inode as in {@link FileStatus}
     * @param type as in {@link FileStatus}
     */
    public record Entry(String name, long inode, FileStatus.Type type) {}

    private final HostDirectory directory;
    private final DirectoryStream<Path> stream;
    private final Iterator<Path> entries;
    private final String path;
    private int dots;

    Listing(HostDirectory directory, String path) throws IOException {
        this.directory = directory;
        this.path = path;
        this.stream = directory.list();
        this.entries = stream.iterator();
    }

    /** Returns the next entry; null at the end. */
    public @Nullable Entry next() throws VolumeException {
        StackRoom.FILES.require();
        try {
            if (dots < 2) {
                long inode = Mount.inode(directory.attributes().fileKey(), path);
                return new Entry(dots++ == 0 ? "." : "..", inode, FileStatus.Type.DIRECTORY);
            }
            while (entries.hasNext()) {
                VolumeException.checkInterrupt();
                Path file = entries.next().getFileName();
                String name = file == null ? "" : file.toString();
                // Entries without attributes are still being created, or have been removed.
                BasicFileAttributes attributes =
                        Names.isValid(name, directory.path()) ? directory.attributes(name) : null;
                if (attributes != null) {
                    long inode = Mount.inode(attributes.fileKey(), path + "/" + name);
                    return new Entry(name, inode, FileStatus.Type.of(attributes));
                }
            }
            return null;
        } catch (DirectoryIteratorException e) {
            throw VolumeException.of(Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // The descriptor is released in any case.
            VolumeException.of(e);
        }
    }
}
