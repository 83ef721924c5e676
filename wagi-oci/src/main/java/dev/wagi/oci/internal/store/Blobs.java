// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content of a store, by digest. It is verified whenever it is read, becomes visible completely or not at all, and
 * has one writer at a time.
 */
final class Blobs {

    private static final Logger LOG = LoggerFactory.getLogger(Blobs.class);

    /** The precision of the recorded time of last use. */
    private static final Duration TOUCH = Duration.ofMinutes(1);

    private static final int BUFFER = 1 << 16;

    private final StoreDirectory directory;
    private final Clock clock;
    private final Duration wait;

    /**
     * Of a directory that was checked.
     *
     * @param clock determines the time of use
     * @param wait how long a writer waits for another
     */
    Blobs(StoreDirectory directory, Clock clock, Duration wait) {
        this.directory = directory;
        this.clock = clock;
        this.wait = wait;
    }

    /** Whether a blob of that digest and size is present; its bytes are not verified. This counts as a use. */
    boolean has(Digest digest, long size) throws IOException {
        directory.check();
        Path file = directory.blob(digest);
        try {
            BasicFileAttributes attributes = directory.attributes(file);
            return attributes.isRegularFile() && attributes.size() == size && touch(file);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Returns the bytes of a blob, verified against its digest.
     *
     * @param maxBytes the maximum number of bytes
     * @return empty if the blob is absent, or was removed because it did not match its digest
     * @throws StoreException if the blob is larger
     */
    Optional<byte[]> bytes(Digest digest, int maxBytes) throws IOException {
        directory.check();
        Path file = directory.blob(digest);
        try {
            byte[] bytes = directory.read(file, maxBytes);
            if (digest.matches(bytes)) {
                touch(file);
                return Optional.of(bytes);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (!Files.isSymbolicLink(file)) {
                throw StoreException.of("read a blob", file, e);
            }
        }
        removeIfBad(digest);
        return Optional.empty();
    }

    /**
     * Opens a blob for reading, positioned at its beginning. The digest was verified when it was opened; only a user
     * who can write to the store could change it afterwards.
     *
     * @return the channel, which the caller must close; empty if the blob is absent, or was removed because it did not
     *     match its digest
     */
    Optional<SeekableByteChannel> read(Digest digest) throws IOException {
        directory.check();
        Path file = directory.blob(digest);
        FileChannel channel = null;
        try {
            channel = directory.open(file);
            if (hash(digest, channel).equals(digest)) {
                touch(file);
                SeekableByteChannel good = channel.position(0);
                channel = null;
                return Optional.of(good);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (!Files.isSymbolicLink(file)) {
                throw StoreException.of("read a blob", file, e);
            }
        } finally {
            if (channel != null) {
                channel.close();
            }
        }
        removeIfBad(digest);
        return Optional.empty();
    }

    private static Digest hash(Digest like, FileChannel channel) throws IOException {
        MessageDigest hash = like.computation();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        while (channel.read(buffer) >= 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
        return Digest.ofHash(like.algorithm(), hash.digest());
    }

    /**
     * Removes a blob if it does not match its digest; under the lock, because another writer may have replaced it
     * meanwhile.
     */
    private void removeIfBad(Digest digest) throws IOException {
        Path file = directory.blob(digest);
        try {
            StoreLocks.Held lock = lock(digest);
            try {
                if (!isGood(digest, Long.MAX_VALUE)) {
                    Files.deleteIfExists(file);
                    LOG.warn(
                            "{} did not match its digest or was a link, and was removed. A full or failing"
                                    + " disk can cause this, or another user with write access",
                            file);
                }
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            LOG.warn("{} does not match its digest and is ignored, but cannot be removed: {}", file, e.toString());
        }
    }

    private boolean isGood(Digest digest, long size) throws IOException {
        Path file = directory.blob(digest);
        try {
            BasicFileAttributes attributes = directory.attributes(file);
            if (!attributes.isRegularFile() || size != Long.MAX_VALUE && attributes.size() != size) {
                return false;
            }
            try (FileChannel channel = directory.open(file)) {
                return hash(digest, channel).equals(digest);
            }
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Begins to write a blob, or resumes it. Waits while another thread or process writes it.
     *
     * @param size the size of the blob in bytes
     * @param source the origin of the bytes; a blob from one source is not resumed from another
     * @throws StoreException if the store cannot be written to, or another writer does not finish in time
     */
    BlobWriter begin(Digest digest, long size, String source) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException("the size of a blob must not be negative: " + size);
        }
        directory.make();
        StoreLocks.Held lock = lock(digest);
        try {
            boolean complete = isGood(digest, size);
            if (complete) {
                touch(directory.blob(digest));
            }
            BlobWriter writer =
                    new BlobWriter(digest, size, complete, directory.partial(digest, source), directory, lock, clock);
            lock = null;
            return writer;
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    /**
     * Stores a blob that is in memory, such as a manifest.
     *
     * @throws ContentMismatchException if the bytes do not match the digest
     */
    void put(Digest digest, byte[] bytes) throws IOException {
        try (BlobWriter writer = begin(digest, bytes.length, "")) {
            if (!writer.isComplete()) {
                writer.restart();
                writer.write(bytes, 0, bytes.length);
                writer.commit();
            }
        }
    }

    /** Records the use of a file, which is then not removed within the next hour; returns whether it exists. */
    boolean touch(Path file) throws IOException {
        Instant now = clock.instant();
        try {
            BasicFileAttributes attributes = directory.attributes(file);
            if (!attributes.isRegularFile()) {
                return false;
            }
            if (attributes.lastModifiedTime().toInstant().plus(TOUCH).isBefore(now)) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            LOG.debug("cannot note that {} was used", file, e);
            return true; // nothing is collected in a read-only store
        }
    }

    private StoreLocks.Held lock(Digest digest) throws IOException {
        return directory.locks().acquire(position(digest), wait, digest.toString());
    }

    /** Returns the lock position of a digest. If two digests share one, their writers merely wait for each other. */
    private static long position(Digest digest) {
        return 1 + Long.parseLong(digest.hex().substring(0, 15), 16);
    }

    /** Tries to lock a blob without waiting; empty if it is being written. */
    static Optional<StoreLocks.Held> tryLock(StoreDirectory directory, Digest digest) throws IOException {
        return directory.locks().tryAcquire(position(digest), Duration.ZERO);
    }
}
