// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.body;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One body that is being collected. One thread at a time adds to it; {@link #close} may be called by any thread at any
 * time.
 */
public final class CollectedBody implements AutoCloseable {

    private static final int FIRST_BUFFER = 1 << 10;
    private static final int MOST_IN_MEMORY = 64 << 10;

    private final BodyStore store;
    private final BodyStore.Share share;

    // All of these fields are guarded by this.
    private byte[] memory = new byte[0];
    private @Nullable FileChannel file;
    private long length;
    private long onDisk;
    private boolean closed;

    CollectedBody(BodyStore store, BodyStore.Share share) {
        this.store = store;
        this.share = share;
    }

    /**
     * Appends bytes.
     *
     * @throws BodyStore.FullException if there is no room for them
     * @throws IOException if the body was closed, or the thread was interrupted
     */
    public synchronized void add(byte[] bytes, int offset, int count) throws IOException {
        if (closed) {
            throw new IOException("the request has ended");
        }
        if (file == null && !reserve(length + count)) {
            spill();
        }
        if (file == null) {
            System.arraycopy(bytes, offset, memory, (int) length, count);
        } else {
            write(file, bytes, offset, count);
        }
        length += count;
    }

    /** Returns whether this many bytes fit into memory. */
    private boolean reserve(long needed) {
        if (needed <= memory.length) {
            return true;
        }
        if (needed > MOST_IN_MEMORY) {
            return false;
        }
        int size = (int) Math.min(MOST_IN_MEMORY, Math.max(needed, Math.max(FIRST_BUFFER, memory.length * 2L)));
        if (!store.takeMemory(share, size - memory.length)) {
            return false;
        }
        memory = Arrays.copyOf(memory, size);
        return true;
    }

    private void spill() throws IOException {
        if (!store.takeFile(share)) {
            throw new BodyStore.FullException("too many bodies are being collected in files already");
        }
        FileChannel opened;
        try {
            opened = store.open();
        } catch (IOException e) {
            store.giveFile(share);
            throw failure(e);
        }
        file = opened;
        byte[] before = memory;
        int count = (int) length;
        length = 0;
        write(opened, before, 0, count);
        length = count;
        store.giveMemory(share, before.length);
        memory = new byte[0];
    }

    private void write(FileChannel to, byte[] bytes, int offset, int count) throws IOException {
        if (!store.takeDisk(share, count)) {
            throw new BodyStore.FullException("the bodies that are being collected take all of their room on the disk");
        }
        onDisk += count;
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, count);
            long at = length;
            while (buffer.hasRemaining()) {
                at += to.write(buffer, at);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** A thread that is interrupted has run out of time; any other failure is that of the disk. */
    private static IOException failure(IOException cause) {
        return cause instanceof ClosedByInterruptException
                ? cause
                : new BodyStore.FullException("the file that it is collected in cannot be written", cause);
    }

    /** Returns the number of bytes that were added. */
    public synchronized long length() {
        return length;
    }

    /** Returns a stream of the complete body, from the start. Reading fails once this body is closed. */
    public synchronized InputStream stream() {
        return new Stream(memory, file, length);
    }

    /** Discards the body. Further calls do nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        store.giveMemory(share, memory.length);
        store.giveDisk(share, onDisk);
        memory = new byte[0];
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // The content is discarded anyway.
            } finally {
                store.giveFile(share);
            }
        }
    }

    /** The stream of a body, for one thread. */
    private static final class Stream extends InputStream {
        private final byte[] memory;
        private final @Nullable FileChannel file;
        private final long length;
        private long at;

        Stream(byte[] memory, @Nullable FileChannel file, long length) {
            this.memory = memory;
            this.file = file;
            this.length = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, bytes.length);
            if (count == 0) {
                return 0;
            }
            if (at == length) {
                return -1;
            }
            // The JDK copies what it reads from a file through a buffer of the requested size.
            int next = (int) Math.min(Math.min(count, MOST_IN_MEMORY), length - at);
            if (file == null) {
                System.arraycopy(memory, (int) at, bytes, offset, next);
            } else {
                next = file.read(ByteBuffer.wrap(bytes, offset, next), at);
            }
            at += Math.max(next, 0);
            return next;
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, length - at);
        }
    }
}
