// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of volumes that a source of configurations fills, or that are empty at first. They are in one
 * temporary directory that no other user can read, created when needed and removed by {@link #close}. Thread-safe.
 *
 * <p>Directories with content are named after it, so equal content is stored once, and what requests in flight read
 * does not change when a configuration is read again. Directories that were empty at first are named after their owner
 * and keep their contents.
 *
 * <p>Directories are grouped by reading of the configuration. If a reading is not put into service, the next one
 * removes its directories; otherwise they are kept as long as it is one of the latest, because requests that began with
 * it may still read them.
 */
public final class VolumeDirectories implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VolumeDirectories.class);

    /** The limit for one reading: a few lines of YAML could ask for the same file in a thousand directories. */
    private static final long MAX_BYTES = 64L << 20;

    /** The limit on disk as a multiple of that for one reading; the latest two readings are always kept. */
    private static final int MAX_KEPT_FACTOR = 4;

    private static final int MAX_KEPT = 64;

    private final long maxBytes;

    private @Nullable Path root; // guarded by this
    private @Nullable UserPrincipal owner; // of the root, guarded by this
    private Reading reading = new Reading(); // guarded by this
    private final Deque<Reading> kept = new ArrayDeque<>(); // the latest first, guarded by this
    private final Set<Path> made = new HashSet<>(); // guarded by this

    /** The directories of one configuration, with the bytes of their files. */
    private static final class Reading {
        private final Map<Path, Long> directories = new HashMap<>();

        long bytes() {
            return directories.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Creates an empty instance. */
    public VolumeDirectories() {
        this(MAX_BYTES);
    }

    /** Creates an empty instance with a limit in bytes for one reading. */
    public VolumeDirectories(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Begins another reading. The directories of the last one are removed, unless it was {@linkplain #keep kept}. */
    public synchronized void begin() {
        reading = new Reading();
        removeUnused();
    }

    /** Records that the last reading is now in service, in place of the previous one. */
    public synchronized void keep() {
        if (!kept.isEmpty() && kept.getFirst().directories.equals(reading.directories)) {
            return;
        }
        kept.addFirst(reading);
        while (kept.size() > MAX_KEPT || kept.size() > 2 && keptBytes() > MAX_KEPT_FACTOR * maxBytes) {
            kept.removeLast();
        }
        removeUnused();
    }

    private long keptBytes() {
        Map<Path, Long> all = new HashMap<>();
        kept.forEach(each -> all.putAll(each.directories));
        return all.values().stream().mapToLong(Long::longValue).sum();
    }

    private void removeUnused() {
        Set<Path> unused = new HashSet<>(made);
        kept.forEach(each -> unused.removeAll(each.directories.keySet()));
        unused.removeAll(reading.directories.keySet());
        for (Path directory : unused) {
            remove(directory);
            made.remove(directory);
        }
    }

    /**
     * Returns a directory with these files.
     *
     * @param files bytes by relative path, which is checked to have neither empty nor dot components
     * @throws IOException if they are too many, or cannot be written
     */
    public synchronized Path filled(Map<String, byte[]> files) throws IOException {
        Path directory = root().resolve("filled-" + digest(files));
        if (reading.directories.containsKey(directory)) {
            return directory;
        }
        long bytes =
                files.values().stream().mapToLong(content -> content.length).sum();
        if (bytes > maxBytes - reading.bytes()) {
            throw new IOException("the files of all volumes have more than " + (maxBytes >> 20) + " MiB");
        }
        if (!made.contains(directory) || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            write(files, directory);
            made.add(directory);
        }
        reading.directories.put(directory, bytes);
        return directory;
    }

    /**
     * Writes the directory completely or not at all, because another reading would assume that an existing one is
     * complete.
     */
    private void write(Map<String, byte[]> files, Path directory) throws IOException {
        Path unfinished = Files.createTempDirectory(root(), "unfinished-");
        boolean done = false;
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path target = unfinished.resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.write(target, file.getValue());
            }
            Files.move(unfinished, directory);
            done = true;
        } finally {
            if (!done) {
                remove(unfinished);
            }
        }
    }

    /**
     * Returns a directory that is empty at first, the same one in each reading.
     *
     * @throws IOException if it cannot be created
     */
    public synchronized Path empty(String owner, String name) throws IOException {
        Path directory = root().resolve("empty-" + digest(Map.of(owner, new byte[0], "/" + name, new byte[0])));
        made.add(directory);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(directory);
        }
        reading.directories.put(directory, 0L);
        return directory;
    }

    /**
     * Creates the directory again if it was removed, because programs that clean up temporary directories remove old
     * ones.
     */
    private Path root() throws IOException {
        if (root == null || !isOurs(root)) {
            made.clear();
            boolean posix =
                    FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
            // Temporary directories are private by default where there are POSIX permissions; this makes it explicit.
            FileAttribute<?>[] attributes = posix
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                    }
                    : new FileAttribute<?>[0];
            root = Files.createTempDirectory("wagi-pods-", attributes);
            owner = Files.getOwner(root, LinkOption.NOFOLLOW_LINKS);
        }
        return root;
    }

    /** If the directory was removed, any user may have created another one with its name. */
    private boolean isOurs(Path directory) throws IOException {
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(owner);
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

    /** Removes all directories. Those that cannot be removed are logged and left in place. */
    @Override
    public synchronized void close() {
        if (root != null) {
            remove(root);
        }
        root = null;
        reading = new Reading();
        kept.clear();
        made.clear();
    }

    private static void remove(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
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
        } catch (NoSuchFileException e) {
            LOG.debug("{} was removed by another program", directory, e);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot remove the directories of volumes in {}: {}; remove it yourself", directory, e.toString());
        }
    }
}
