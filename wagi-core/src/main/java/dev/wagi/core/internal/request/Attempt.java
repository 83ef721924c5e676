// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.internal.sandbox.GuestOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Holds back the response of a run that may not count: one on a thread that others wait for. Only a run that is quick, clean
 * and silent counts; any other is given up and done again where it may take its time. For one request and one thread.
 */
final class Attempt implements ResponseSink {

    /** A response that is larger than this is worth a thread. */
    private static final int MAX_BODY = 64 << 10;

    /** Says that the run does not count. Nothing of it was seen outside, so it can be done again. */
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

    /** Standard error: what is written there must be seen whether the run counts or not. */
    enum NoLog implements GuestOutput {
        INSTANCE;

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            throw GivenUpException.INSTANCE;
        }

        @Override
        public void flush() {
            // There is nothing.
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
        // What there is to send is sent when the run counts.
    }

    @Override
    public void abort() {
        throw new IllegalStateException("BUG: a failed attempt is given up; please report this");
    }

    /**
     * Makes the run count. The array given to the sink is not written to again.
     *
     * @throws IOException if the client is gone
     */
    void commit(ResponseSink sink) throws IOException {
        sink.start(status, headers, contentLength < 0 && length > 0 ? length : contentLength);
        if (length > 0) {
            sink.write(body, 0, length);
        }
        sink.end();
    }
}
