// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A directory that only the user of this process can write to, and its files.
 *
 * <p>On POSIX systems this is checked for the directory on each access and for each file that is read: it must not be a
 * symbolic link, must have the owner of the files that this process creates, and must not be writable by group or
 * others. What nobody may write to, not even its owner, may belong to another user, as in a container image; that user
 * is trusted. (An access control list that lets others write shows in the group's bits.) The parent directories may
 * belong to others: where the JDK supports it, as on Linux, a file is checked and opened relative to the open
 * directory, so replacing the directory has no effect.
 *
 * <p>Windows has no such bits. A directory in the user's profile, where the command puts it, inherits an access control
 * list for the user, SYSTEM and the administrators. Elsewhere the operator is responsible for the list; only the type
 * of the directory and of its files is checked.
 */
final class PrivateDirectory {

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

    /** The suffix of incomplete files. */
    static final String TEMPORARY = ".wagi-tmp";

    private final Path path;
    private final boolean posix;

    private volatile @Nullable UserPrincipal self;

    PrivateDirectory(Path path) {
        this.path = path.toAbsolutePath();
        this.posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Thrown if another user could have written the file. The message says what is wrong and what to do. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean directory;

        RefusedException(String message, boolean directory) {
            super(message);
            this.directory = directory;
        }

        /** Returns whether the whole directory is refused, rather than a single file. */
        boolean isDirectory() {
            return directory;
        }
    }

    /** Reads an open file. */
    @FunctionalInterface
    interface Reader {
        byte @Nullable [] read(SeekableByteChannel file) throws IOException;
    }

    Path path() {
        return path;
    }

    boolean isPosix() {
        return posix;
    }

    /** Creates the directory if it does not exist. */
    void make() throws IOException, RefusedException {
        try {
            check(path, attributes(path), true);
        } catch (NoSuchFileException e) {
            Files.createDirectories(path, posix ? DIRECTORY_OF_OWNER : DEFAULT);
            check(path, attributes(path), true);
        }
    }

    /** Returns an unused name for an incomplete file. It begins with the prefix and ends with {@link #TEMPORARY}. */
    Path temporary(String prefix) {
        return path.resolve(
                prefix + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()) + TEMPORARY);
    }

    /** Creates a file, accessible to this user only. */
    SeekableByteChannel create(Path file) throws IOException {
        return Files.newByteChannel(file, TO_CREATE, posix ? FILE_OF_OWNER : DEFAULT);
    }

    /**
     * Reads a file.
     *
     * @return what the reader returns; also empty if there is no such file or directory
     */
    Optional<byte[]> read(String name, Reader reader) throws IOException, RefusedException {
        try {
            check(path, attributes(path), true);
            try (DirectoryStream<Path> opened = Files.newDirectoryStream(path)) {
                return Optional.ofNullable(
                        posix && opened instanceof SecureDirectoryStream<Path> secure
                                ? readIn(secure, name, reader)
                                : read(path.resolve(name), reader));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private byte @Nullable [] readIn(SecureDirectoryStream<Path> opened, String name, Reader reader)
            throws IOException, RefusedException {
        check(path, attributes(opened.getFileAttributeView(PosixFileAttributeView.class)), true);
        Path file = path.getFileSystem().getPath(name);
        check(
                path.resolve(name),
                attributes(opened.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)),
                false);
        try (SeekableByteChannel channel = opened.newByteChannel(file, TO_READ)) {
            return reader.read(channel);
        }
    }

    private byte @Nullable [] read(Path file, Reader reader) throws IOException, RefusedException {
        check(file, attributes(file), false);
        try (SeekableByteChannel channel = Files.newByteChannel(file, TO_READ)) {
            return reader.read(channel);
        }
    }

    private BasicFileAttributes attributes(Path file) throws IOException {
        Class<? extends BasicFileAttributes> type = posix ? PosixFileAttributes.class : BasicFileAttributes.class;
        return Files.readAttributes(file, type, LinkOption.NOFOLLOW_LINKS);
    }

    private static BasicFileAttributes attributes(@Nullable PosixFileAttributeView view) throws IOException {
        if (view == null) {
            throw new IOException("the file system has no owners and permissions after all");
        }
        return view.readAttributes();
    }

    private void check(Path what, BasicFileAttributes attributes, boolean directory)
            throws IOException, RefusedException {
        if (attributes.isSymbolicLink()) {
            throw refused(what, directory, "is a symbolic link", "name the directory that it points to");
        }
        if (directory ? !attributes.isDirectory() : !attributes.isRegularFile()) {
            throw refused(
                    what,
                    directory,
                    directory ? "is not a directory" : "is not a regular file",
                    "remove it, or name another directory");
        }
        if (attributes instanceof PosixFileAttributes owned) {
            Set<PosixFilePermission> permissions = owned.permissions();
            if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw refused(
                        what,
                        directory,
                        "is writable by others than its owner",
                        "run 'chmod go-w' on it, or name another directory");
            }
            // Read-only for all: an image's, say. Its owner, who could change that, is trusted with it.
            if (permissions.contains(PosixFilePermission.OWNER_WRITE)
                    && !owned.owner().equals(self())) {
                throw refused(
                        what,
                        directory,
                        "belongs to " + owned.owner().getName() + " and not to " + self().getName() + ", who runs this",
                        "name a directory of your own, or make this one read-only ('chmod -R a-w,a+rX') if you trust"
                                + " its owner");
            }
        }
    }

    private static RefusedException refused(Path what, boolean directory, String reason, String remedy) {
        return new RefusedException(
                directory
                        ? "the compile cache is off, modules are compiled at every start: " + what + " " + reason
                                + ", and what is in it would run with the rights of this process; " + remedy
                        : "a file of the compile cache is not used and will be replaced: " + what + " " + reason
                                + "; find out who did that",
                directory);
    }

    /**
     * Returns the owner of files that this process creates. This is determined in the directory itself, because some
     * file systems give all files one owner. A directory that is not writable may still be read from; then the
     * directory for temporary files is used.
     */
    private UserPrincipal self() throws IOException {
        UserPrincipal known = self;
        if (known == null) {
            Path probe = temporary("owner");
            try {
                create(probe).close();
            } catch (IOException e) {
                probe = Files.createTempFile("wagi", TEMPORARY);
            }
            try {
                known = Files.getOwner(probe, LinkOption.NOFOLLOW_LINKS);
            } finally {
                Files.deleteIfExists(probe);
            }
            self = known;
        }
        return known;
    }
}
