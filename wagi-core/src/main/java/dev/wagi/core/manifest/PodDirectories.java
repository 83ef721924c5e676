// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.manifest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories behind volumes that a manifest fills or that begin empty. They are in one temporary directory that nobody
 * else can read, made when it is needed and removed by {@link #close}. Thread-safe.
 *
 * <p>Those with content are named after it, so the same content is there once, and what requests in flight read does not
 * change when a configuration is read again. Those that began empty are named after their Pod and keep what is in them.
 */
public final class PodDirectories implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PodDirectories.class);

    /** A manifest of some lines could ask for the same file in a thousand directories. */
    static final long MAX_BYTES = 64L << 20;

    private @Nullable Path root; // guarded by this
    private long bytes; // guarded by this

    /** None yet. */
    public PodDirectories() {}

    /**
     * A directory with these files.
     *
     * @param files bytes by relative path, which is checked: neither empty nor dot components
     * @throws IOException if they are too many, or cannot be written
     */
    synchronized Path filled(Map<String, byte[]> files) throws IOException {
        Path directory = root().resolve("filled-" + digest(files));
        if (Files.exists(directory)) {
            return directory;
        }
        for (byte[] content : files.values()) {
            bytes += content.length;
        }
        if (bytes > MAX_BYTES) {
            throw new IOException("the files of all volumes have more than " + (MAX_BYTES >> 20) + " MiB");
        }
        // Complete or not there: another reading would take what is there for complete.
        Path unfinished = Files.createTempDirectory(root(), "unfinished-");
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path target = unfinished.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        return Files.move(unfinished, directory);
    }

    /** A directory that is empty at first. */
    synchronized Path empty(String pod, String volume) throws IOException {
        Path directory = root().resolve("empty-" + digest(Map.of(pod, new byte[0], "/" + volume, new byte[0])));
        if (!Files.exists(directory)) {
            Files.createDirectory(directory);
        }
        return directory;
    }

    private Path root() throws IOException {
        if (root == null) {
            boolean posix =
                    FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
            // Temporary directories are private where there are POSIX permissions; this says so.
            FileAttribute<?>[] attributes = posix
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                    }
                    : new FileAttribute<?>[0];
            root = Files.createTempDirectory("wagi-pods-", attributes);
        }
        return root;
    }

    private static String digest(Map<String, byte[]> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new TreeMap<>(files).forEach((path, content) -> {
                byte[] name = path.getBytes(StandardCharsets.UTF_8);
                digest.update((name.length + " " + content.length + "\n").getBytes(StandardCharsets.UTF_8));
                digest.update(name);
                digest.update(content);
            });
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("BUG: every JVM has SHA-256", e);
        }
    }

    /** Removes all of them. What cannot be removed is told and stays. */
    @Override
    public synchronized void close() {
        if (root == null) {
            return;
        }
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot remove the directories of volumes in {}: {}; remove it yourself", root, e.toString());
        }
        root = null;
        bytes = 0;
    }
}
