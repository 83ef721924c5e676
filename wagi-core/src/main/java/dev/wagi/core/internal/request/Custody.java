// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who may use the transport of a request: the thread that runs its guest, until that is taken from it because the guest does
 * not end. What the thread does with the transport afterwards, should it ever come so far, fails and reaches nobody.
 *
 * <pre>{@code
 * FREE  <->  INSIDE          the guest's thread is in a call of the transport
 *       ->   RELEASED        the guest has ended, the transport is its thread's
 *       ->   TAKEN           the transport is the taker's
 *            INSIDE -> STUCK the transport is of no use to anybody until that call ends, then its thread's
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
    private final AtomicInteger state = new AtomicInteger();

    /** Whether the response is complete; the guest's thread only. */
    private boolean ended;

    /** Of the transport of a request. */
    Custody(ResponseSink sink) {
        this.sink = sink;
    }

    /** Says that the request is another thread's now. */
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

    /** Before the guest's thread calls the transport; {@link #leave} must follow. */
    void enter() throws LostException {
        if (!state.compareAndSet(FREE, INSIDE)) {
            throw new LostException();
        }
    }

    /** After that call, however it ended. */
    void leave() throws LostException {
        if (!state.compareAndSet(INSIDE, FREE)) {
            throw new LostException();
        }
    }

    /** The guest has ended; false if the request was taken before. Called by its thread, again with the same result. */
    boolean release() {
        return state.compareAndSet(FREE, RELEASED) || state.get() == RELEASED;
    }

    /**
     * Takes the request from the guest's thread.
     *
     * @return false if its guest has ended, or it was taken already
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

    /** After {@link #take}: whether the guest's thread was in a call of the transport then, so that nobody else may call it. */
    boolean isStuck() {
        return state.get() == STUCK;
    }

    /** Called by the guest's thread when it has lost the request and has come back nevertheless. */
    void lost() {
        if (isStuck() && !ended) {
            sink.abort();
        }
    }

    @Override
    public void start(int status, Headers headers, long contentLength) throws IOException {
        enter();
        try {
            sink.start(status, headers, contentLength);
        } finally {
            leave();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        enter();
        try {
            sink.write(bytes, offset, length);
        } finally {
            leave();
        }
    }

    @Override
    public void flush() throws IOException {
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
