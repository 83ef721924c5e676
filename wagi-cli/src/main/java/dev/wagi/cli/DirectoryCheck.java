// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Looks at directories that a server writes to. To see whether it can, creates something there and removes it. */
final class DirectoryCheck {

    private static final long MIB = 1L << 20;

    private static final String PREFIX = ".wagi-doctor-";

    private DirectoryCheck() {}

    /** Whether it is or can be made a directory of this user alone, as caches must be; and its size. */
    static Finding isOwn(String check, Path directory) {
        Finding found = isWritable(check, directory);
        if (found.level() != Finding.Level.OK || !Files.exists(directory)) {
            return found;
        }
        if (Files.isSymbolicLink(directory)) {
            return Finding.failure(
                    check,
                    directory.toString(),
                    "is a symbolic link, and is not used: another user could change where it points to",
                    "name the directory itself");
        }
        try {
            Set<PosixFilePermission> modes = Files.getPosixFilePermissions(directory);
            if (modes.contains(PosixFilePermission.GROUP_WRITE) || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
                return Finding.failure(
                        check,
                        directory.toString(),
                        "other users may write to it, so it is not used",
                        "run chmod go-w on it after you have checked what is in it");
            }
        } catch (UnsupportedOperationException e) {
            // Windows: it is in the user's profile.
        } catch (IOException e) {
            return unreadable(check, directory, e);
        }
        return Finding.ok(check, directory.toString(), "can be written to, " + megabytes(directory));
    }

    /** Whether it is or can be made a directory that this user can write to. */
    static Finding isWritable(String check, Path directory) {
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        if (existing == null) {
            return Finding.failure(check, directory.toString(), "there is no such disk", "name another directory");
        }
        if (!Files.isDirectory(existing)) {
            return Finding.failure(
                    check,
                    directory.toString(),
                    existing + " is not a directory",
                    "remove it, or name another directory");
        }
        boolean isThere = existing.equals(directory.toAbsolutePath());
        if (!canCreate(existing, isThere)) {
            return Finding.failure(
                    check,
                    directory.toString(),
                    (isThere ? "this user" : "it is not there, and this user") + " cannot write to " + existing,
                    "change its owner or mode, or name another directory");
        }
        return Finding.ok(
                check, directory.toString(), isThere ? "can be written to" : "is not there yet, and can be created");
    }

    /** Tries it: modes do not say what a read-only or virtual file system does, and mean nothing for root. */
    private static boolean canCreate(Path directory, boolean file) {
        try {
            Path created =
                    file ? Files.createTempFile(directory, PREFIX, null) : Files.createTempDirectory(directory, PREFIX);
            Files.delete(created);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether every user may read a file. */
    static boolean isOpenToOthers(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        }
    }

    static Finding unreadable(String check, Path file, IOException failure) {
        String text = failure instanceof NoSuchFileException
                ? "there is no such file"
                : failure instanceof AccessDeniedException ? "this user may not read it" : "cannot be read";
        return Finding.failure(check, file.toString(), text, "correct the path, or its owner and mode");
    }

    private static String megabytes(Path directory) {
        AtomicLong bytes = new AtomicLong();
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    bytes.addAndGet(attributes.size());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) {
                    return FileVisitResult.CONTINUE; // removed in the meantime
                }
            });
        } catch (IOException | UncheckedIOException e) {
            return "of unknown size";
        }
        return (bytes.get() + MIB - 1) / MIB + " MiB";
    }
}
