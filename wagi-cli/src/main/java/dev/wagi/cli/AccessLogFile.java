// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that grows, or standard output. If another program renames or deletes the file, for instance logrotate, a new
 * one is created; a file that is truncated goes on at its start. Not thread-safe.
 */
final class AccessLogFile implements AccessLog.Output {

    /** Standard output. */
    static final String STDOUT = "-";

    private final @Nullable Path path;
    private @Nullable FileOutputStream stream;

    private @Nullable Object identity; // of the open file

    private AccessLogFile(@Nullable Path path) {
        this.path = path;
    }

    /**
     * Opens the file, and creates it if there is none.
     *
     * @param name a path, or {@code -} for standard output
     * @throws IOException if it cannot be written
     */
    static AccessLogFile open(String name) throws IOException {
        AccessLogFile file = new AccessLogFile(name.equals(STDOUT) ? null : InputFile.path("--access-log", name));
        try {
            file.current();
        } catch (IOException e) {
            throw new IOException(file + ", the access log, " + reason(Path.of(name), e), e);
        }
        return file;
    }

    private static String reason(Path path, IOException failure) {
        if (Files.isDirectory(path)) {
            return "is a directory; name a file";
        }
        Path parent = path.toAbsolutePath().getParent();
        return parent == null || Files.isDirectory(parent)
                ? "cannot be written: " + failure + "; correct its permissions, or name another file"
                : "is in a directory that does not exist; create it, or name another file";
    }

    /** Appends lines to the file that has the name now. */
    @Override
    public void write(ByteArrayOutputStream lines) throws IOException {
        try {
            lines.writeTo(current());
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private FileOutputStream current() throws IOException {
        FileOutputStream open = stream;
        if (open != null && (path == null || Objects.equals(identity, identity(path)))) {
            return open;
        }
        close();
        if (path == null) {
            open = new FileOutputStream(FileDescriptor.out);
        } else {
            create(path);
            open = new FileOutputStream(path.toFile(), true);
        }
        stream = open;
        identity = path == null ? null : identity(path);
        return open;
    }

    /** Creates the file, readable for the owner and the group only, if it does not exist. */
    private static void create(Path path) throws IOException {
        if (Files.exists(path)
                || !path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        } catch (FileAlreadyExistsException e) {
            // Somebody else was faster; it is appended to.
        }
    }

    /** Returns what distinguishes the file with that name from others; null if the file system does not say. */
    private static @Nullable Object identity(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return new Object(); // renamed or deleted: nothing is equal to it
        }
    }

    /** Closes the file; a later line opens it again. Standard output stays open. */
    @Override
    public void close() {
        FileOutputStream open = stream;
        stream = null;
        if (open != null && path != null) {
            try {
                open.close();
            } catch (IOException e) {
                // What was written is written.
            }
        }
    }

    /** Returns its name for messages. */
    @Override
    public String toString() {
        return path == null ? "on standard output" : path.toString();
    }
}
