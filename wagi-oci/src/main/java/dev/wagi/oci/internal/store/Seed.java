// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.tar.TarException;
import dev.wagi.oci.internal.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Imports the files of another layout. Blobs are copied before the index is updated, so that an incomplete import is
 * not visible.
 */
final class Seed {

    private static final int MAX_FILES = 20_000;
    private static final int BUFFER = 1 << 16;

    /** The allowance for the headers of an archive, in bytes. */
    private static final long HEADERS = 64L << 20;

    private final ContentStore store;
    private final Path source;
    private final long maxBytes;

    private int files;
    private long seen;
    private int blobs;
    private long bytes;
    private byte @Nullable [] layout;
    private byte @Nullable [] index;

    Seed(ContentStore store, Path source, long maxBytes) {
        this.store = store;
        this.source = source;
        this.maxBytes = maxBytes;
    }

    int blobs() {
        return blobs;
    }

    long bytes() {
        return bytes;
    }

    /** Copies the blobs that are not yet stored, and returns the index. */
    LayoutIndex takeContent() throws IOException {
        try {
            if (Files.isDirectory(source)) {
                takeDirectory();
            } else {
                takeTar();
            }
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    "there is no OCI image layout at " + source + "; name its directory, or a tar archive of it");
        } catch (TarException e) {
            throw new StoreException("the archive " + source + " " + e.getMessage()
                    + "; write an OCI image layout as a plain tar, with files and directories only");
        } catch (java.util.zip.ZipException | java.io.EOFException e) {
            throw new StoreException(
                    source + " is not a complete compressed tar archive: " + e.getMessage() + "; create it again");
        }
        if (layout == null || index == null) {
            throw new StoreException(source + " has no '" + (layout == null ? "oci-layout" : "index.json")
                    + "', so it is not an OCI image layout; create one, for instance with 'skopeo copy ..."
                    + " oci:directory'");
        }
        ContentStore.checkLayout(layout, "oci-layout of " + source);
        return LayoutIndex.parse(index, "index.json of " + source);
    }

    @FunctionalInterface
    private interface Content {
        int read(byte[] buffer) throws IOException;
    }

    private void takeDirectory() throws IOException {
        takeFile("oci-layout", source.resolve("oci-layout"));
        takeFile("index.json", source.resolve("index.json"));
        for (String algorithm : StoreDirectory.ALGORITHMS) {
            Path directory = source.resolve("blobs").resolve(algorithm);
            if (Files.isSymbolicLink(directory) || Files.isSymbolicLink(directory.getParent())) {
                throw link(directory);
            }
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            try (DirectoryStream<Path> content = Files.newDirectoryStream(directory)) {
                for (Path file : content) {
                    takeFile("blobs/" + algorithm + "/" + file.getFileName(), file);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
    }

    private void takeFile(String name, Path file) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw link(file);
        }
        try (InputStream in = Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            take(name, attributes.size(), in::read);
        }
    }

    private static StoreException link(Path file) {
        return new StoreException("the layout cannot be imported: " + file
                + " is a link, or not a regular file; copy the layout with regular files");
    }

    private void takeTar() throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(source), BUFFER)) {
            file.mark(2);
            boolean compressed = file.read() == 0x1f && file.read() == 0x8b;
            file.reset();
            TarReader tar = TarReader.unpacking(
                    file,
                    compressed,
                    TarReader.Others.REFUSED,
                    // The sizes of the files are checked below, where they are counted.
                    new TarReader.Limits(2 * MAX_FILES, Long.MAX_VALUE, maxBytes + HEADERS));
            Optional<TarReader.Entry> entry = tar.next();
            while (entry.isPresent()) {
                take(entry.get().name(), entry.get().size(), tar::read);
                entry = tar.next();
            }
        }
    }

    private void take(String name, long size, Content content) throws IOException {
        if (++files > MAX_FILES) {
            throw new StoreException(source + " has more than " + MAX_FILES + " files; split the layout");
        }
        if (size > maxBytes - seen) {
            throw tooLarge();
        }
        seen += size;
        if (name.equals("oci-layout")) {
            layout = all(name, size, content);
        } else if (name.equals("index.json")) {
            index = all(name, size, content);
        } else if (name.startsWith("blobs/")) {
            Optional<Digest> digest = digest(name.substring("blobs/".length()));
            if (digest.isPresent()) {
                takeBlob(digest.get(), size, content);
            }
        }
    }

    private static Optional<Digest> digest(String name) {
        try {
            return Optional.of(Digest.parse(name.replace('/', ':')));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private byte[] all(String name, long size, Content content) throws IOException {
        if (size > LayoutIndex.MAX_BYTES) {
            throw new StoreException(name + " of " + source + " has " + size + " bytes; it is not an OCI image layout");
        }
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int n = content.read(buffer); n >= 0 && all.size() <= size; n = content.read(buffer)) {
            all.write(buffer, 0, n);
        }
        return all.toByteArray();
    }

    private void takeBlob(Digest digest, long size, Content content) throws IOException {
        try (BlobWriter writer = store.begin(digest, size)) {
            if (writer.isComplete()) {
                return;
            }
            writer.restart();
            byte[] buffer = new byte[BUFFER];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                writer.write(buffer, 0, n);
            }
            writer.commit();
            blobs++;
            bytes += size;
        }
    }

    private StoreException tooLarge() {
        return new StoreException(source + " contains more than the " + maxBytes
                + " bytes that are allowed; raise the size of the store, or split the layout");
    }
}
