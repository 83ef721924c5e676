// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A request body that remembers that it broke off (then the client is to blame for a response that is not whole), and can
 * be read to its end for the client's sake. For one request and one thread.
 */
public final class ClientBody extends InputStream {

    /** How much of what a client still sends after the response is taken, in bytes. */
    public static final int MAX_REST = 10 << 20;

    /** And for how long. */
    public static final long MAX_REST_NANOS = 5_000_000_000L;

    /** Fewer than any container has threads. */
    private static final Semaphore WAITING_FOR_RESTS = new Semaphore(2);

    private final Source source;
    private final long length;
    private final boolean expected;
    private final Runnable taken;
    private @Nullable InputStream stream;
    private long total;
    private boolean ended;
    private boolean isTaken;
    private @Nullable IOException failure;

    /** Where it is read from. */
    @FunctionalInterface
    public interface Source {

        /** The transport's stream; it is never closed. Some containers ask the client for the body here. */
        InputStream open() throws IOException;
    }

    /**
     * Opens the source only when the first byte is wanted.
     *
     * @param length what was announced, or -1; a transport's stream fails if the client sends less
     * @param expected whether the client waits to be asked for it (Expect: 100-continue)
     * @param taken is run if it ends before that all the same, so that somebody else must have read what is missing
     */
    public ClientBody(Source source, long length, boolean expected, Runnable taken) {
        this.source = source;
        this.length = length;
        this.expected = expected;
        this.taken = taken;
        this.ended = length == 0;
    }

    /** Whether somebody else has read it, or a part of it. */
    public boolean isTaken() {
        return isTaken;
    }

    /** Why a read failed; null if none did. */
    public @Nullable IOException failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Any failure is an {@link IOException}: it is the client's, not a bug. */
    @Override
    public int read(byte[] bytes, int offset, int most) throws IOException {
        try {
            int count = stream().read(bytes, offset, most);
            total += Math.max(count, 0);
            ended = count < 0 || total == length;
            if (count < 0 && total < length && !isTaken) {
                isTaken = true;
                taken.run();
            }
            return count;
        } catch (IOException e) {
            throw remember(e);
        } catch (RuntimeException e) {
            throw remember(new IOException("the request body is malformed", e));
        }
    }

    @Override
    public int available() throws IOException {
        try {
            return stream().available();
        } catch (IOException e) {
            throw remember(e);
        } catch (RuntimeException e) {
            throw remember(new IOException("the request body is malformed", e));
        }
    }

    /** Whether something of what the transport has handed over is still to be read, or reading it fails. */
    public boolean isReady() {
        try {
            return failure != null || stream != null && stream.available() > 0;
        } catch (IOException | RuntimeException e) {
            return true;
        }
    }

    /**
     * Whether the client may still be sending. What it has sent already was taken.
     */
    public boolean hasRest() {
        if (failure != null || expected && stream == null) {
            return false;
        }
        try {
            if (stream != null) {
                byte[] rest = new byte[16 << 10];
                while (!ended && stream.available() > 0) {
                    read(rest, 0, rest.length);
                }
            }
            return !ended;
        } catch (IOException e) {
            return false; // the response is out, and the transport knows that the connection is broken
        }
    }

    /**
     * After the response: takes what the client still sends, up to 10 MiB and for 5 seconds; one that sends nothing at all
     * is waited for as long as the connection's idle timeout. A connection that is closed instead is reset, and many
     * clients lose the response with it. It holds up the thread, so few do it at the same time; for others the container
     * does what it does.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-9.6">RFC 9112, section 9.6</a>
     */
    public void readRest() {
        if (!hasRest() || !WAITING_FOR_RESTS.tryAcquire()) {
            return;
        }
        long began = System.nanoTime();
        try {
            byte[] rest = new byte[16 << 10];
            int count = 0;
            while (!ended && count < MAX_REST && System.nanoTime() - began < MAX_REST_NANOS) {
                count += Math.max(read(rest, 0, rest.length), 0);
            }
        } catch (IOException e) {
            // the response is out, and the transport knows that the connection is broken
        } finally {
            WAITING_FOR_RESTS.release();
        }
    }

    private InputStream stream() throws IOException {
        InputStream opened = stream == null ? source.open() : stream;
        stream = opened;
        return opened;
    }

    private IOException remember(IOException e) {
        failure = e;
        return e;
    }
}
