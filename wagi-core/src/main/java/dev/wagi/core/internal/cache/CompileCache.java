// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import dev.wagi.core.internal.cache.PrivateDirectory.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded store of compiled code in a directory.
 *
 * <p>It returns exactly the bytes that a process of this user has stored under the key. Files are checked for damage
 * ({@link CacheEntry}), and the directory and its files for who can write to them ({@link PrivateDirectory}), because
 * the code runs with the rights of the host. A file that fails a check is treated as missing and replaced by the next
 * {@link #put}.
 *
 * <p>A file is written under a temporary name and renamed when it is complete, so several processes may share the
 * directory: the last one wins. Each frees space before it writes, and looks at the directory once for 64 files or a
 * 64th of the limit; processes that write at the same time may exceed the limit by that, or what they write. Files with
 * other names are neither read nor counted nor removed.
 *
 * <p>Thread-safe. File errors never cause an exception: without a working cache modules only take longer to load. A
 * warning is logged once.
 */
public final class CompileCache {

    private static final Logger LOG = LoggerFactory.getLogger(CompileCache.class);

    /** 512 MiB, enough for about a thousand modules. */
    public static final long DEFAULT_MAX_BYTES = 512L << 20;

    static final String ENTRY = ".wagi-code";

    private static final byte[] NOTHING = {};

    /** The directory is looked through for so many files, or so small a part of the maximum, and not for each. */
    private static final int MOST_UNSEEN = 64;

    /** The maximum length keeps file names below 255 bytes. */
    private static final Pattern KEY = Pattern.compile("[0-9a-z][0-9a-z.-]{0,199}");

    /** The age after which an incomplete file is assumed to belong to a process that was killed. */
    private static final Duration LEFT_OVER = Duration.ofHours(1);

    /** The precision with which the last use of an entry is recorded. */
    private static final Duration TOUCH = Duration.ofMinutes(1);

    private final PrivateDirectory directory;
    private final long maxBytes;
    private final Clock clock;
    private final Consumer<String> warnings;

    private final AtomicBoolean fileRefused = new AtomicBoolean();
    private final AtomicBoolean failed = new AtomicBoolean();
    private volatile boolean off;

    // Guarded by this: how much may be written, and how many files were, since the directory was looked through.
    private long room;
    private int unseen;

    /** Creates a cache of {@link #DEFAULT_MAX_BYTES}. The directory is not accessed before the cache is used. */
    public CompileCache(Path directory) {
        this(directory, DEFAULT_MAX_BYTES);
    }

    /**
     * Creates a cache. The directory is not accessed before the cache is used.
     *
     * @param directory created when needed, for this user only
     * @param maxBytes the maximum size of its files together; the least recently used are removed
     */
    public CompileCache(Path directory, long maxBytes) {
        this(directory, maxBytes, Clock.systemUTC(), LOG::warn);
    }

    CompileCache(Path directory, long maxBytes, Clock clock, Consumer<String> warnings) {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("a cache of " + maxBytes + " bytes holds nothing");
        }
        this.directory = new PrivateDirectory(directory);
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.warnings = warnings;
    }

    /**
     * Returns the code that was stored under the key.
     *
     * @param key identifies module and versions: digits, lower-case letters, {@code .} and {@code -}
     * @return empty if there is none, or it fails a check
     */
    public Optional<byte[]> get(String key) {
        Optional<byte[]> code = find(key, file -> CacheEntry.read(file, key));
        if (code.isPresent()) {
            Path entry = directory.path().resolve(name(key));
            LOG.debug("compiled code taken from {}", entry);
            touch(entry);
        }
        return code;
    }

    /** Returns whether this user has stored something under the key, which {@link #get} may still find damaged. */
    public boolean has(String key) {
        return find(key, file -> NOTHING).isPresent();
    }

    private Optional<byte[]> find(String key, PrivateDirectory.Reader reader) {
        String name = name(key);
        if (off) {
            return Optional.empty();
        }
        try {
            return directory.read(name, reader);
        } catch (RefusedException e) {
            refuse(e);
        } catch (IOException e) {
            tell(e);
        }
        return Optional.empty();
    }

    /**
     * Stores code under the key, if possible. Code larger than a quarter of the cache is not stored, because too many
     * other entries would have to be removed.
     *
     * @param key identifies module and versions: digits, lower-case letters, {@code .} and {@code -}
     */
    public synchronized void put(String key, byte[] code) {
        String name = name(key);
        long bytes = CacheEntry.headerBytes(key) + (long) code.length;
        if (off || bytes > maxBytes / 4 || code.length > CacheEntry.MAX_BYTES) {
            return;
        }
        try {
            directory.make();
            if (bytes > room || unseen >= MOST_UNSEEN) {
                room = Math.min(makeRoom(bytes), maxBytes / MOST_UNSEEN);
                unseen = 0;
            }
            room -= bytes;
            unseen++;
            write(key, code, directory.path().resolve(name));
        } catch (RefusedException e) {
            refuse(e);
        } catch (IOException e) {
            tell(e);
        }
    }

    private static String name(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "\"" + key + "\" is not a key of digits, lower-case letters, '.' and '-'");
        }
        return key + ENTRY;
    }

    private void write(String key, byte[] code, Path entry) throws IOException {
        Path temporary = directory.temporary(key);
        try {
            try (SeekableByteChannel file = directory.create(temporary)) {
                writeAll(CacheEntry.header(key, code), file);
                writeAll(ByteBuffer.wrap(code), file);
            }
            Files.move(temporary, entry, StandardCopyOption.ATOMIC_MOVE);
            LOG.debug("compiled code kept in {}", entry);
        } catch (AccessDeniedException e) {
            // Windows does not replace a file while another process reads it; in that case an entry exists already.
            if (directory.isPosix() || !Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void writeAll(ByteBuffer bytes, SeekableByteChannel file) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /** Records that an entry was used. */
    private void touch(Path entry) {
        try {
            BasicFileAttributeView view =
                    Files.getFileAttributeView(entry, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            if (age(view.readAttributes()).compareTo(TOUCH) > 0) {
                view.setTimes(FileTime.from(clock.instant()), null, null);
            }
        } catch (IOException e) {
            LOG.debug("cannot record that {} was used", entry, e);
        }
    }

    /** A time in the future counts as equally far in the past. */
    private Duration age(BasicFileAttributes attributes) {
        return Duration.between(attributes.lastModifiedTime().toInstant(), clock.instant())
                .abs();
    }

    private record Kept(Path file, Instant used, long bytes) {}

    /**
     * Removes files left by killed processes, and entries if the cache is full.
     *
     * @return the room that is there, the wanted one included
     */
    private long makeRoom(long wanted) throws IOException {
        List<Kept> entries = new ArrayList<>();
        long total = wanted;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.path())) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean temporary = name.endsWith(PrivateDirectory.TEMPORARY);
                if (!temporary && !name.endsWith(ENTRY)) {
                    continue;
                }
                BasicFileAttributes attributes;
                try {
                    attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                } catch (IOException e) {
                    continue; // it no longer exists
                }
                if (temporary && age(attributes).compareTo(LEFT_OVER) > 0 && remove(file)) {
                    continue;
                }
                total += attributes.size();
                if (!temporary) {
                    entries.add(new Kept(file, attributes.lastModifiedTime().toInstant(), attributes.size()));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        if (total <= maxBytes) {
            return maxBytes - total + wanted;
        }
        entries.sort(Comparator.comparing(Kept::used).thenComparing(Kept::file));
        for (Kept entry : entries) {
            if (total <= maxBytes / 10 * 9) {
                break;
            }
            if (remove(entry.file())) {
                total -= entry.bytes();
            }
        }
        if (total > maxBytes) {
            throw new IOException("it is full, and its files cannot be removed");
        }
        return maxBytes - total + wanted;
    }

    /** Another process may have removed it first. */
    private static boolean remove(Path file) {
        try {
            Files.deleteIfExists(file);
            return true;
        } catch (IOException e) {
            LOG.debug("cannot remove {}", file, e);
            return false;
        }
    }

    private void refuse(RefusedException refusal) {
        boolean first;
        if (refusal.isDirectory()) {
            first = !off;
            off = true;
        } else {
            first = fileRefused.compareAndSet(false, true);
        }
        if (first) {
            warnings.accept(refusal.getMessage());
        }
    }

    private void tell(IOException failure) {
        if (failure instanceof ClosedByInterruptException) {
            LOG.debug("the compile cache was interrupted", failure);
        } else if (failed.compareAndSet(false, true)) {
            warnings.accept("the compile cache " + directory.path() + " does not work, modules may be compiled at every"
                    + " start: " + failure + "; make room, correct permissions, or name another directory");
        }
    }
}
