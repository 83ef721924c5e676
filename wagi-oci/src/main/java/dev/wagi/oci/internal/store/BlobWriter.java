// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes one blob. While it is open, no other thread or process writes the same blob. If it is closed without
 * {@link #commit}, the bytes received are kept, so that the next writer can resume.
 *
 * <pre>
 * try (BlobWriter blob = store.begin(digest, size)) {
 *     if (!blob.isComplete()) {
 *         // fetch from blob.have() on; if the answer starts at 0 after all: blob.restart()
 *         blob.write(buffer, 0, n);
 *         blob.commit();
 *     }
 * }
 * </pre>
 *
 * <p>For one thread at a time.
 */
public final class BlobWriter implements AutoCloseable {

    private final Digest digest;
    private final long size;
    private final StoreDirectory directory;
    private final StoreLocks.Held lock;
    private final Clock clock;

    private final Path partial;
    private @Nullable FileChannel file;
    private MessageDigest hash;
    private long have;
    private boolean resumed;
    private boolean complete;
    private boolean closed;

    /** Creates a writer, which takes over the lock unless this constructor throws. */
    BlobWriter(
            Digest digest,
            long size,
            boolean complete,
            Path partial,
            StoreDirectory directory,
            StoreLocks.Held lock,
            Clock clock)
            throws IOException {
        this.digest = digest;
        this.size = size;
        this.complete = complete;
        this.directory = directory;
        this.lock = lock;
        this.clock = clock;
        this.partial = partial;
        this.hash = digest.computation();
        if (complete) {
            this.have = size;
            return;
        }
        try {
            this.file = open();
            resume(file);
        } catch (IOException e) {
            closeFile();
            throw StoreException.of("begin a blob", partial, e);
        }
    }

    private FileChannel open() throws IOException {
        if (Files.exists(partial, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(partial, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(partial);
        }
        return FileChannel.open(
                partial,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                StoreDirectory.fileAttributes(partial));
    }

    private void resume(FileChannel channel) throws IOException {
        if (channel.size() > size) {
            channel.truncate(0);
        }
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (channel.read(buffer) >= 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
        have = channel.position();
        resumed = have > 0;
    }

    /** Whether the blob is already complete because another writer was faster; then there is nothing to do. */
    public boolean isComplete() {
        return complete;
    }

    /** Returns the number of bytes present from the beginning of the blob, including those of an earlier attempt. */
    public long have() {
        return have;
    }

    /** Discards the bytes received so far. */
    public void restart() throws StoreException {
        FileChannel channel = writable();
        try {
            channel.truncate(0);
            channel.position(0);
        } catch (IOException e) {
            throw failed(e);
        }
        hash = digest.computation();
        have = 0;
        resumed = false;
    }

    /**
     * Receives the next bytes.
     *
     * @throws ContentMismatchException if the blob would exceed its size; all bytes are discarded
     * @throws StoreException if the bytes cannot be written; all bytes are discarded, unless the thread was interrupted
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        FileChannel channel = writable();
        if (length > size - have) {
            boolean wasResumed = resumed;
            discard();
            throw new ContentMismatchException(digest, wasResumed, "more than the " + size + " bytes in the manifest");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw failed(e);
        }
        hash.update(bytes, offset, length);
        have += length;
    }

    /**
     * Verifies the blob and adds it to the store.
     *
     * @throws ContentMismatchException if the size or the digest differs; the blob is discarded
     * @throws StoreException if the blob cannot be stored
     */
    public void commit() throws IOException {
        FileChannel channel = writable();
        Digest actual = Digest.ofHash(digest.algorithm(), hash.digest());
        if (have != size || !actual.equals(digest)) {
            String difference = have != size ? have + " bytes instead of " + size : "the bytes hash to " + actual;
            boolean wasResumed = resumed;
            discard();
            throw new ContentMismatchException(digest, wasResumed, difference);
        }
        try {
            channel.force(true);
            closeFile();
            Files.setLastModifiedTime(partial, FileTime.from(clock.instant()));
            directory.rename(partial, directory.blob(digest));
        } catch (IOException e) {
            throw failed(e);
        }
        complete = true;
    }

    private FileChannel writable() {
        FileChannel channel = file;
        if (channel == null) {
            throw new IllegalStateException(closed ? "the writer is closed" : "the blob is complete, or was discarded");
        }
        return channel;
    }

    /**
     * Handles a failed write. After an interrupt the bytes are kept for a later attempt; otherwise they are discarded,
     * so as not to keep a full disk full.
     */
    private StoreException failed(IOException e) {
        if (e instanceof ClosedByInterruptException) {
            closeFile();
        } else {
            discard();
        }
        return StoreException.of("write a blob", partial, e);
    }

    private void discard() {
        closeFile();
        have = 0;
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            // The file will be overwritten, or collected.
        }
    }

    private void closeFile() {
        FileChannel channel = file;
        file = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The content was forced to disk before.
            }
        }
    }

    /** Closes the writer and lets others write the blob. May be called twice. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean empty = have == 0 && !complete;
        closeFile();
        if (empty) {
            discard();
        }
        lock.close();
    }
}
