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
 * One blob on its way in. While it is open no other thread and no other process writes the same blob. Closed without {@link
 * #commit}, it leaves what has arrived, for the next one to go on.
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
 * For one thread at a time.
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

    /** Takes over the lock if it succeeds. */
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

    /** Whether the blob is there already: another was faster. Then nothing is to be done. */
    public boolean isComplete() {
        return complete;
    }

    /** How many bytes from the beginning are there, from an earlier attempt too. */
    public long have() {
        return have;
    }

    /** Throws away what is there. */
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
     * Takes the next bytes.
     *
     * @throws ContentMismatchException if there are more than there should be; all are thrown away
     * @throws StoreException if they cannot be written; all are thrown away, unless the thread was interrupted
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        FileChannel channel = writable();
        if (length > size - have) {
            boolean wasResumed = resumed;
            discard();
            throw new ContentMismatchException(
                    digest, wasResumed, "more than the " + size + " bytes that the manifest says");
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
     * Makes it a blob of the store.
     *
     * @throws ContentMismatchException if it has not the size or not the digest; it is thrown away
     * @throws StoreException if it cannot be kept
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
            throw new IllegalStateException(
                    closed ? "the writer is closed" : "the blob is complete, or was thrown away");
        }
        return channel;
    }

    /** A full disk is not kept full. What was interrupted can go on. */
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
            // It will be overwritten, or collected.
        }
    }

    private void closeFile() {
        FileChannel channel = file;
        file = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // What counts was forced before.
            }
        }
    }

    /** Lets others write the blob. May be called twice. */
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
