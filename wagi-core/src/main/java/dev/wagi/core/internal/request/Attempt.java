// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.internal.sandbox.GuestOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Buffers the response of a speculative run on a thread that must not block. Only a run that is quick, succeeds and
 * writes nothing to standard error counts; any other is given up and repeated on a thread that may block. For one
 * request and one thread.
 */
final class Attempt implements ResponseSink {

    /** A larger response is run on another thread. */
    private static final int MAX_BODY = 64 << 10;

    /** Thrown to give the run up. It has had no visible effect, so it can be repeated. */
    static final class GivenUpException extends IOException {
        private static final long serialVersionUID = 1L;
        static final GivenUpException INSTANCE = new GivenUpException();

        private GivenUpException() {
            super("the run takes too long, or has an effect that cannot be held back");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /**
     * Standard error during an attempt: any output gives the run up, because it must be logged even if the run does not
     * count.
     */
    enum NoLog implements GuestOutput {
        INSTANCE;

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            throw GivenUpException.INSTANCE;
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }
    }

    private int status;
    private Headers headers = Headers.none();
    private long contentLength;
    private byte[] body = {};
    private int length;

    @Override
    public void start(int code, Headers fields, long bodyLength) {
        status = code;
        headers = fields;
        contentLength = bodyLength;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        if (length + count > MAX_BODY) {
            throw GivenUpException.INSTANCE;
        }
        if (body.length < length + count) {
            body = Arrays.copyOf(body, Math.max(length + count, body.length * 2));
        }
        System.arraycopy(bytes, offset, body, length, count);
        length += count;
    }

    /** The guest is about to wait. */
    @Override
    public void flush() throws IOException {
        throw GivenUpException.INSTANCE;
    }

    @Override
    public void end() {
        // The response is sent when the run counts.
    }

    @Override
    public void abort() {
        throw new IllegalStateException("BUG: a failed attempt is given up; please report this");
    }

    /**
     * Sends the response. The array passed to the sink is not reused.
     *
     * @throws IOException if the client has disconnected
     */
    void commit(ResponseSink sink) throws IOException {
        sink.start(status, headers, contentLength < 0 && length > 0 ? length : contentLength);
        if (length > 0) {
            sink.write(body, 0, length);
        }
        sink.end();
    }
}
