// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Executors and transports that fail a request: the next one has its place, and the host can be closed. */
class ExecutorTest {

    private static final String OK = "Content-Type: text/plain\n\nok";

    @TempDir
    Path directory;

    record Case(String name, Executor executor, boolean forgotten, List<Runnable> kept, List<String> calls) {

        Case(String name, Executor executor, boolean forgotten, List<String> calls) {
            this(name, executor, forgotten, List.of(), calls);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        Executor rejects = task -> {
            throw new RejectedExecutionException("on purpose");
        };
        Executor hasNoThread = task -> {
            throw new OutOfMemoryError("unable to create native thread, on purpose");
        };
        Executor runsAndThrows = task -> {
            task.run();
            throw new IllegalStateException("on purpose");
        };
        List<Runnable> kept = new ArrayList<>();
        Executor keepsAndThrows = task -> {
            kept.add(task);
            throw new RejectedExecutionException("on purpose");
        };
        Executor runsTwice = task -> {
            task.run();
            task.run();
        };
        List<String> answered = List.of("start 200", "end");
        List<String> aborted = List.of("abort");
        return List.of(
                new Case("rejects", rejects, false, aborted),
                new Case("has no thread", hasNoThread, false, aborted),
                new Case("has no thread, and the transport forgot the request", hasNoThread, true, aborted),
                new Case("runs it and throws", runsAndThrows, false, answered),
                new Case("throws and keeps it", keepsAndThrows, false, kept, aborted),
                new Case("runs it twice", runsTwice, false, answered));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void handle_executorFails_leavesNothingBehind(Case row) {
        Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/")
                        .source(Guests.wat(directory, "guest", Guests.printing(OK, "")))
                        .limits(limits -> limits.withMaxConcurrency(1).withMaxQueue(0)))
                .build();
        Recorder sink = new Recorder(row.forgotten());

        wagi.handle(WagiRequest.get("/"), sink, row.executor());
        row.kept().forEach(Runnable::run);

        assertThat(sink.calls).isEqualTo(row.calls());
        assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(200);
        assertThat(wagi.close(Duration.ZERO)).isTrue();
    }

    private static final class Recorder implements ResponseSink {
        private final List<String> calls = new ArrayList<>();
        private final boolean forgotten;

        Recorder(boolean forgotten) {
            this.forgotten = forgotten;
        }

        @Override
        public void start(int status, Headers headers, long contentLength) {
            calls.add("start " + status);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {}

        @Override
        public void flush() {}

        @Override
        public void end() {
            calls.add("end");
        }

        @Override
        public void abort() {
            calls.add("abort");
            if (forgotten) {
                throw new IllegalStateException("recycled, on purpose");
            }
        }
    }
}
