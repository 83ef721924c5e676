// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides which thread may use the transport of a request: the thread that runs its guest, until the request is taken
 * from it because the guest does not end. Later calls of that thread fail without any effect.
 *
 * <pre>{@code
 * FREE  <->  INSIDE          the guest's thread is in a call of the transport
 *       ->   RELEASED        the guest has ended, the transport belongs to its thread
 *       ->   TAKEN           the transport belongs to the thread that took it
 *            INSIDE -> STUCK no thread may use the transport until that call ends, then its own
 * }</pre>
 *
 * <p>For one run of one guest.
 */
final class Custody implements ResponseSink {

    private static final int FREE = 0;
    private static final int INSIDE = 1;
    private static final int RELEASED = 2;
    private static final int TAKEN = 3;
    private static final int STUCK = 4;

    private final ResponseSink sink;
    private final Runnable blocking;
    private final AtomicInteger state = new AtomicInteger();

    /** Whether the response is complete; accessed by the guest's thread only. */
    private boolean ended;

    /**
     * Creates an instance for the transport of a request.
     *
     * @param blocking called by the guest's thread before it may have to wait for the client
     */
    Custody(ResponseSink sink, Runnable blocking) {
        this.sink = sink;
        this.blocking = blocking;
    }

    /** Must be called by the guest's thread before it waits for the client's body. */
    void willBlock() {
        blocking.run();
    }

    /** Thrown if the request was taken by another thread. */
    static final class LostException extends IOException {
        private static final long serialVersionUID = 1L;

        LostException() {
            super("the request was taken from the thread of its guest, which did not end in time");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Must be called by the guest's thread before it calls the transport; {@link #leave} must follow. */
    void enter() throws LostException {
        if (!state.compareAndSet(FREE, INSIDE)) {
            throw new LostException();
        }
    }

    /** Must be called after that call, whether it succeeded or failed. */
    void leave() throws LostException {
        if (!state.compareAndSet(INSIDE, FREE)) {
            throw new LostException();
        }
    }

    /**
     * Records that the guest has ended; returns false if the request was taken before. Called by its thread, with the
     * same result each time.
     */
    boolean release() {
        return state.get() == RELEASED || state.compareAndSet(FREE, RELEASED);
    }

    /**
     * Takes the request from the guest's thread.
     *
     * @return false if its guest has ended, or the request was taken already
     */
    boolean take() {
        int now = state.get();
        while (now == FREE || now == INSIDE) {
            if (state.compareAndSet(now, now == FREE ? TAKEN : STUCK)) {
                return true;
            }
            now = state.get();
        }
        return false;
    }

    /**
     * After {@link #take}: returns whether the guest's thread was in a call of the transport, so that no other thread
     * may call it.
     */
    boolean isStuck() {
        return state.get() == STUCK;
    }

    /** Called by the guest's thread if it lost the request and has returned nevertheless. */
    void lost() {
        if (isStuck() && !ended) {
            sink.abort();
        }
    }

    @Override
    public void start(int status, Headers headers, long contentLength) throws IOException {
        blocking.run();
        enter();
        try {
            sink.start(status, headers, contentLength);
        } finally {
            leave();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        blocking.run();
        enter();
        try {
            sink.write(bytes, offset, length);
        } finally {
            leave();
        }
    }

    @Override
    public void flush() throws IOException {
        blocking.run();
        enter();
        try {
            sink.flush();
        } finally {
            leave();
        }
    }

    @Override
    public void end() throws IOException {
        enter();
        try {
            sink.end();
            ended = true;
        } finally {
            leave();
        }
    }

    @Override
    public void abort() {
        throw new IllegalStateException("BUG: a guest's thread breaks nothing off; please report this");
    }
}
