// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A request body that records whether reading it failed (an incomplete response is then the client's fault), and whose
 * rest can be discarded for the client's sake. For one request and one thread.
 */
public final class ClientBody extends InputStream {

    /** How many bytes are discarded of what a client still sends after the response. */
    public static final int MAX_REST = 10 << 20;

    /** How long discarding may take. */
    public static final long MAX_REST_NANOS = 5_000_000_000L;

    /** Fewer than the threads of any container. */
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

    /** Opens the stream of a body. */
    @FunctionalInterface
    public interface Source {

        /** Returns the transport's stream, which is never closed. Some containers ask the client for the body here. */
        InputStream open() throws IOException;
    }

    /**
     * Creates a body that opens the source when the first byte is read.
     *
     * @param length the announced length, or -1; a transport's stream fails if the client sends less
     * @param expected whether the client waits to be asked for the body (Expect: 100-continue)
     * @param taken is run if the stream ends early without an error, which means that other code has read the missing
     *     part
     */
    public ClientBody(Source source, long length, boolean expected, Runnable taken) {
        this.source = source;
        this.length = length;
        this.expected = expected;
        this.taken = taken;
        this.ended = length == 0;
    }

    /** Returns whether other code has read the body or a part of it. */
    public boolean isTaken() {
        return isTaken;
    }

    /** Returns why a read failed; null if none did. */
    public @Nullable IOException failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Converts every failure to an {@link IOException}, because it is the client's fault and not a bug. */
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

    /** Returns whether content that the transport has received is still unread, or reading it fails. */
    public boolean isReady() {
        try {
            return failure != null || stream != null && stream.available() > 0;
        } catch (IOException | RuntimeException e) {
            return true;
        }
    }

    /** Returns whether the client may still be sending. Content that was received has been read. */
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
            return false; // the response was sent, and the transport knows that the connection failed
        }
    }

    /**
     * Discards what the client still sends after the response, up to 10 MiB and for 5 seconds; if it sends nothing,
     * this waits for the connection's idle timeout. If the connection were closed instead, it would be reset, and many
     * clients would lose the response. This blocks the thread, so only a few requests do it at a time; for others the
     * container's behaviour applies.
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
            // the response was sent, and the transport knows that the connection failed
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
