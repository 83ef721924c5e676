// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The response to a test request.
 *
 * @param whole whether it was complete
 * @param nanos how long it took
 * @param body its beginning
 * @param length how long it was in bytes
 * @param exitCode the exit code of the guest; null if none ran to its end
 */
record TestResult(
        int status,
        boolean whole,
        long nanos,
        List<Headers.Field> headers,
        byte[] body,
        long length,
        @Nullable Integer exitCode) {

    /** How much of a body is kept. */
    static final int MOST_BODY = 64 << 10;

    /** The id of the request, with which its errors and its standard error are found. */
    Optional<String> requestId() {
        return requestId(headers);
    }

    private static Optional<String> requestId(List<Headers.Field> fields) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase("X-Request-Id"))
                .map(Headers.Field::value)
                .findFirst();
    }

    /** The body as text; what is not UTF-8 is replaced. */
    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /**
     * Runs a request on this thread.
     *
     * @param recorder hears how the request ends
     * @param done gets the result: at the end of this call, or before it if another thread answers because the guest
     *     does not end
     */
    static void run(Wagi wagi, WagiRequest request, Recorder recorder, CompletableFuture<TestResult> done) {
        Sink sink = new Sink(recorder, done);
        try {
            wagi.handle(request, sink);
            done.complete(sink.result());
        } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
            throw e;
        } finally {
            sink.close();
        }
    }

    /** Keeps the beginning of a response. Thread-safe, because a guest may be given up. */
    private static final class Sink implements ResponseSink {
        private final Recorder recorder;
        private final CompletableFuture<TestResult> done;
        private final Thread thread = Thread.currentThread();
        private final long began = System.nanoTime();
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private Headers headers = Headers.none();
        private int status;
        private long length;
        private boolean whole;

        Sink(Recorder recorder, CompletableFuture<TestResult> done) {
            this.recorder = recorder;
            this.done = done;
        }

        synchronized TestResult result() {
            List<Headers.Field> fields = headers.fields();
            Integer exitCode = requestId(fields).map(recorder::exitCode).orElse(null);
            return new TestResult(
                    status, whole, System.nanoTime() - began, fields, kept.toByteArray(), length, exitCode);
        }

        synchronized void close() {
            requestId(headers.fields()).ifPresent(recorder::forget);
        }

        @Override
        public synchronized void start(int code, Headers fields, long contentLength) {
            status = code;
            headers = fields;
            requestId(fields.fields()).ifPresent(recorder::watch);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int count) {
            length += count;
            kept.write(bytes, offset, Math.min(count, MOST_BODY - kept.size()));
        }

        @Override
        public void flush() {
            // There is nobody to send it to yet.
        }

        @Override
        public void end() {
            finish(true);
        }

        @Override
        public void abort() {
            finish(false);
        }

        private void finish(boolean complete) {
            synchronized (this) {
                whole = complete;
            }
            if (Thread.currentThread() != thread) {
                done.complete(result());
            }
        }
    }
}
