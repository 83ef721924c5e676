// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The standard input of one request: its body, limited to CONTENT_LENGTH. For one thread. */
public final class RequestBody implements GuestInput {

    private static final long NANOS = 1_000_000_000L;

    private final InputStream body;
    private final Custody custody;
    private final boolean known;
    private final boolean watched;
    private final long max;

    /** The remaining bytes; for a body of unknown length, the remaining allowance. */
    private long remaining;

    private boolean ended;

    private final Limits limits;
    private long arrived;
    private long waited;

    /**
     * Creates the standard input of a request.
     *
     * @param limits the maximum length and the minimum rate of the body
     * @param custody decides who may read it
     */
    RequestBody(WagiRequest request, Limits limits, Custody custody) {
        this.custody = custody;
        this.limits = limits;
        this.body = request.body();
        this.watched = request.readiness().isPresent();
        this.known = request.contentLength() >= 0;
        this.max = limits.maxRequestBodyBytes();
        this.remaining = known ? request.contentLength() : max;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (ended || known && remaining == 0) {
            return -1;
        }
        StackRoom.LIBRARIES.require();
        // Reading one byte beyond the limit distinguishes a body that is too long from one that ends there.
        int most = (int) Math.min(length, Math.max(remaining, 1));
        int read;
        custody.enter();
        try {
            boolean ready = body.available() > 0;
            if (!ready) {
                custody.willBlock();
            }
            read = ready || limits.minRequestBodyRate() == 0
                    ? body.read(buffer, offset, most)
                    : await(buffer, offset, most);
        } catch (TooSlowException e) {
            throw e;
        } catch (IOException e) {
            throw new BrokenException("the request body ended prematurely", e);
        } finally {
            custody.leave();
        }
        if (read < 0) {
            if (known) {
                throw new BrokenException("the request body ended before its Content-Length", null);
            }
            ended = true;
        } else if (read > remaining) {
            throw new TooLongException("the request body is longer than " + max + " bytes");
        } else {
            remaining -= read;
            arrived += read;
        }
        return read;
    }

    /** Returns the number of bytes that have arrived. */
    long arrived() {
        return arrived;
    }

    /**
     * Waits for the body. The client must send enough for the average rate since the beginning to reach the minimum.
     */
    private int await(byte[] buffer, int offset, int length) throws IOException {
        long began = System.nanoTime();
        long left = patience(arrived, limits) - waited;
        Watchdog.Watch watch = Watchdog.SHARED.begin(Math.max(left, 0));
        int read = 0;
        IOException failure = null;
        boolean late;
        try {
            read = body.read(buffer, offset, length);
        } catch (IOException e) {
            failure = e;
        } finally {
            late = watch.end();
            waited += System.nanoTime() - began;
        }
        if (failure == null) {
            return read;
        }
        throw late ? new TooSlowException(limits.minRequestBodyRate(), failure) : failure;
    }

    /**
     * Returns how long the client may take for the bytes sent so far and the next ones, in nanoseconds.
     *
     * @param arrived the number of bytes sent
     * @param limits limits with a rate other than 0
     */
    static long patience(long arrived, Limits limits) {
        return limits.timeout().toNanos() / 6 + nanos(arrived, limits.minRequestBodyRate());
    }

    private static long nanos(long bytes, int rate) {
        return bytes / rate * NANOS + bytes % rate * NANOS / rate;
    }

    @Override
    public boolean isReady() throws IOException {
        if (ended || known && remaining == 0) {
            return true;
        }
        StackRoom.LIBRARIES.require();
        custody.enter();
        try {
            return body.available() > 0;
        } finally {
            custody.leave();
        }
    }

    @Override
    public boolean isWatched() {
        return watched;
    }

    /** Thrown if the client sends too slowly. */
    static final class TooSlowException extends IOException {

        private static final long serialVersionUID = 1L;

        TooSlowException(int rate, @Nullable Throwable cause) {
            super("the request body arrived more slowly than " + rate + " bytes per second, its limit", cause);
        }
    }

    /** Thrown if the client sends too much. */
    static final class TooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        TooLongException(String message) {
            super(message);
        }
    }

    /** Thrown if the client did not send the announced body. A separate type, because it is not the guest's fault. */
    public static final class BrokenException extends IOException {

        private static final long serialVersionUID = 1L;

        public BrokenException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
