// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The paths of a store, and reading and replacing its files. Directories and files that other users can write to are
 * refused, links are not followed, and paths are built only from {@link Digest}s and constants.
 */
final class StoreDirectory {

    private static final FileAttribute<?>[] DIRECTORY_OF_OWNER = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
    };
    private static final FileAttribute<?>[] FILE_OF_OWNER = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
    private static final FileAttribute<?>[] DEFAULT = {};
    private static final Set<OpenOption> TO_READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> TO_CREATE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    static final List<String> ALGORITHMS = List.of("sha256", "sha512");
    static final String TEMPORARY = ".tmp";

    private final Path root;
    private final boolean posix;
    private volatile @Nullable UserPrincipal self;

    StoreDirectory(Path root) {
        this.root = root.toAbsolutePath().normalize();
        this.posix = isPosix(root);
    }

    Path root() {
        return root;
    }

    Path layout() {
        return root.resolve("oci-layout");
    }

    Path index() {
        return root.resolve("index.json");
    }

    private Path own() {
        return root.resolve(".wagi");
    }

    Path partials() {
        return own().resolve("partial");
    }

    /** Returns the file whose modification time is the start of the last collection. */
    Path collected() {
        return own().resolve("collected");
    }

    Path salt() {
        return own().resolve("salt");
    }

    /** Returns the file for a partial blob from one source, so that bytes from different sources are not mixed. */
    Path partial(Digest digest, String source) {
        String name = digest.algorithm() + "-" + digest.hex();
        return partials()
                .resolve(
                        source.isEmpty()
                                ? name
                                : name + "-"
                                        + Digest.sha256(source.getBytes(StandardCharsets.UTF_8))
                                                .hex());
    }

    Path blobs(String algorithm) {
        return root.resolve("blobs").resolve(algorithm);
    }

    Path blob(Digest digest) {
        return blobs(digest.algorithm()).resolve(digest.hex());
    }

    StoreLocks locks() throws IOException {
        return StoreLocks.in(own().resolve("lock"));
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    static FileAttribute<?>[] fileAttributes(Path file) {
        return isPosix(file) ? FILE_OF_OWNER : DEFAULT;
    }

    /** Checks the directories that exist. */
    void check() throws IOException {
        for (Path directory : List.of(root, root.resolve("blobs"), own(), partials())) {
            checkIfThere(directory);
        }
        for (String algorithm : ALGORITHMS) {
            checkIfThere(blobs(algorithm));
        }
    }

    private void checkIfThere(Path directory) throws IOException {
        try {
            checkDirectory(directory);
        } catch (NoSuchFileException e) {
            // It is created when it is needed.
        }
    }

    /** Creates the directories for writing. */
    void make() throws IOException {
        List<Path> directories = new ArrayList<>(List.of(root, root.resolve("blobs"), own(), partials()));
        ALGORITHMS.forEach(algorithm -> directories.add(blobs(algorithm)));
        for (Path directory : directories) {
            try {
                checkDirectory(directory);
            } catch (NoSuchFileException e) {
                try {
                    Files.createDirectories(directory, posix ? DIRECTORY_OF_OWNER : DEFAULT);
                } catch (IOException failure) {
                    throw StoreException.of("create a directory", directory, failure);
                }
                checkDirectory(directory);
            }
        }
    }

    private void checkDirectory(Path directory) throws IOException {
        BasicFileAttributes attributes = attributes(directory);
        if (attributes.isSymbolicLink()) {
            throw refused(directory, "is a symbolic link", "name the directory that it points to");
        }
        if (!attributes.isDirectory()) {
            throw refused(directory, "is not a directory", "remove it, or name another directory");
        }
        if (attributes instanceof PosixFileAttributes owned) {
            checkWritable(directory, owned);
            if (directory.equals(root) && !isRoot(directory) && !owned.owner().equals(self())) {
                throw refused(
                        directory,
                        "belongs to " + owned.owner().getName() + " and not to the user of this process, "
                                + self().getName(),
                        "name a directory of your own");
            }
        }
    }

    private static void checkWritable(Path what, PosixFileAttributes attributes) throws StoreException {
        Set<PosixFilePermission> permissions = attributes.permissions();
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw refused(
                    what,
                    "is writable by users other than its owner",
                    "check why, run 'chmod -R go-w' on the store, or name another directory");
        }
    }

    private static StoreException refused(Path what, String reason, String remedy) {
        return new StoreException("the module store cannot be used: " + what + " " + reason + "; " + remedy);
    }

    /**
     * Whether root owns the directory. A store that root prepared is accepted, because root has access to everything
     * anyway.
     */
    private static boolean isRoot(Path directory) throws IOException {
        return directory.getFileSystem().supportedFileAttributeViews().contains("unix")
                && Integer.valueOf(0).equals(Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Returns the owner of the files that this process creates. It is determined in the store if possible, because some
     * file systems give all files the same owner.
     */
    private UserPrincipal self() throws IOException {
        UserPrincipal known = self;
        if (known == null) {
            known = ask();
            self = known;
        }
        return known;
    }

    private UserPrincipal ask() throws IOException {
        Path probe = root.resolve(".wagi-owner." + random() + TEMPORARY);
        try {
            Files.newByteChannel(probe, TO_CREATE, FILE_OF_OWNER).close();
        } catch (IOException e) {
            probe = Files.createTempFile("wagi", TEMPORARY);
        }
        try {
            return Files.getOwner(probe, LinkOption.NOFOLLOW_LINKS);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    BasicFileAttributes attributes(Path file) throws IOException {
        Class<? extends BasicFileAttributes> type = posix ? PosixFileAttributes.class : BasicFileAttributes.class;
        return Files.readAttributes(file, type, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Opens a file.
     *
     * @throws NoSuchFileException if it does not exist
     * @throws StoreException if it is not a regular file, or other users can write to it
     */
    FileChannel open(Path file) throws IOException {
        BasicFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw refused(
                    file, attributes.isSymbolicLink() ? "is a symbolic link" : "is not a regular file", "remove it");
        }
        if (attributes instanceof PosixFileAttributes owned) {
            checkWritable(file, owned);
        }
        return FileChannel.open(file, TO_READ);
    }

    /** Reads all bytes of a file. */
    byte[] read(Path file, int maxBytes) throws IOException {
        try (FileChannel channel = open(file)) {
            long size = channel.size();
            if (size > maxBytes) {
                throw refused(file, "has " + size + " bytes, more than the limit of " + maxBytes, "remove it");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // continue
            }
            byte[] read = new byte[bytes.flip().remaining()];
            bytes.get(read);
            return read;
        }
    }

    /** Creates or replaces a whole file atomically. */
    void replace(Path file, byte[] bytes) throws IOException {
        Path temporary = own().resolve(file.getFileName() + "." + random() + TEMPORARY);
        try {
            try (FileChannel channel = FileChannel.open(temporary, TO_CREATE, fileAttributes(temporary))) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            rename(temporary, file);
        } catch (IOException e) {
            throw StoreException.of("write " + file.getFileName(), file, e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Renames a finished file durably: the rename survives a power failure. */
    void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(to.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            // Not every system can force a directory; those that cannot order the writes themselves.
        }
    }

    /** Lists the files of a directory; returns none if it does not exist. */
    List<Path> list(Path directory, int max) throws IOException {
        List<Path> files = new ArrayList<>();
        try {
            checkDirectory(directory);
        } catch (NoSuchFileException e) {
            return files;
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path file : stream) {
                if (files.size() == max) {
                    throw refused(directory, "has more than " + max + " files", "name another directory");
                }
                files.add(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    /** Lists the temporary files, which are renamed when they are finished. */
    List<Path> temporaries(int max) throws IOException {
        return list(own(), max).stream()
                .filter(file -> file.getFileName().toString().endsWith(TEMPORARY))
                .toList();
    }

    private static String random() {
        return Long.toHexString(ThreadLocalRandom.current().nextLong());
    }
}
