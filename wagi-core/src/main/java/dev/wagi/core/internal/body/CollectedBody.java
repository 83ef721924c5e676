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
 * One body that is being collected. It is added to by one thread at a time; {@link #close} may come from any thread at any
 * time.
 */
public final class CollectedBody implements AutoCloseable {

    private static final int FIRST_BUFFER = 1 << 10;
    private static final int MOST_IN_MEMORY = 64 << 10;

    private final BodyStore store;
    private final BodyStore.Share share;

    // All of this is guarded by this.
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
     * Takes the next bytes.
     *
     * @throws BodyStore.FullException if there is no room for them
     * @throws IOException if it was closed, or the thread was interrupted
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

    /** Whether so many bytes fit the memory. */
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

    /** Whoever is interrupted has run out of time; anything else is the disk's fault. */
    private static IOException failure(IOException cause) {
        return cause instanceof ClosedByInterruptException
                ? cause
                : new BodyStore.FullException("the file that it is collected in cannot be written", cause);
    }

    /** How many bytes were added. */
    public synchronized long length() {
        return length;
    }

    /** Reads what was added, from the start; it is complete. Ends with an error once this is closed. */
    public synchronized InputStream stream() {
        return new Stream(memory, file, length);
    }

    /** Gives up the body. Further calls do nothing. */
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
                // Nothing was to be kept.
            } finally {
                store.giveFile(share);
            }
        }
    }

    /** For one thread. */
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
            // The JDK copies what it reads from a file, in memory of the size that it is asked for.
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
