// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds back everything that a run of a guest has an effect on, until it is known that the run counts: its response and its
 * lines of log. For one request and one thread.
 */
final class Attempt implements ResponseSink, GuestLog {

    /** A response that is larger than this is worth a thread. */
    private static final int MAX_BODY = 64 << 10;

    /** Says that the run does not count. Nothing of it was seen outside, so it can be done again. */
    static final class GivenUpException extends IOException {
        private static final long serialVersionUID = 1L;
        static final GivenUpException INSTANCE = new GivenUpException();

        private GivenUpException() {
            super("the run takes too long, or its response is too large, to be tried");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private record Line(String module, String requestId, String text) {}

    private int status;
    private Headers headers = Headers.none();
    private long contentLength;
    private byte[] body = {};
    private int length;
    private boolean aborted;
    private @Nullable List<Line> lines;

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
        aborted = true;
    }

    @Override
    public void line(String module, String requestId, String text) {
        if (lines == null) {
            lines = new ArrayList<>();
        }
        lines.add(new Line(module, requestId, text));
    }

    /**
     * Makes the run count. The array given to the sink is not written to again.
     *
     * @throws IOException if the client is gone
     */
    void commit(ResponseSink sink, GuestLog log) throws IOException {
        if (lines != null) {
            lines.forEach(line -> log.line(line.module, line.requestId, line.text));
        }
        if (aborted) {
            sink.abort();
            return;
        }
        sink.start(status, headers, contentLength < 0 && length > 0 ? length : contentLength);
        if (length > 0) {
            sink.write(body, 0, length);
        }
        sink.end();
    }
}
