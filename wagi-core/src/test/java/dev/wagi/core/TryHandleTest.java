// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on a thread that others wait for: answered at once and whole, or not at all. */
class TryHandleTest {

    /**
     * Does what the first letter of its query says: spins for ever, waits 50 ms, prints 100 KiB, logs, traps, exits
     * with 3, fills 30 times 64 MiB, grows by 2 MiB, redirects to itself.
     */
    private static final String GUEST = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 3)
              (data (i32.const 2048) "Location: /\\n\\n")
              (data (i32.const 1024) "Content-Type: text/plain\\n\\nquick\\n")
              (func $write (param $fd i32) (param $at i32) (param $length i32)
                (i32.store (i32.const 0) (local.get $at))
                (i32.store (i32.const 4) (local.get $length))
                (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
              (func $fill
                (drop (memory.grow (i32.const 1024)))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864))
                )
              (func (export "_start") (local $mode i32)
                (drop (call $sizes (i32.const 16) (i32.const 20)))
                (drop (call $args (i32.const 32) (i32.const 64)))
                (if (i32.gt_u (i32.load (i32.const 16)) (i32.const 1))
                  (then (local.set $mode (i32.load8_u (i32.load (i32.const 36))))))
                (if (i32.eq (local.get $mode) (i32.const 0x72))
                  (then (call $write (i32.const 1) (i32.const 2048) (i32.const 13)) (return)))
                (call $write (i32.const 1) (i32.const 1024) (i32.const 32))
                (if (i32.eq (local.get $mode) (i32.const 0x65))
                  (then (call $write (i32.const 2) (i32.const 1050) (i32.const 6))))
                (if (i32.eq (local.get $mode) (i32.const 0x74)) (then (unreachable)))
                (if (i32.eq (local.get $mode) (i32.const 0x78)) (then (call $exit (i32.const 3))))
                (if (i32.eq (local.get $mode) (i32.const 0x67)) (then (drop (memory.grow (i32.const 32)))))
                (if (i32.eq (local.get $mode) (i32.const 0x66)) (then (call $fill)))
                (if (i32.eq (local.get $mode) (i32.const 0x73)) (then (loop $spin (br $spin))))
                (if (i32.eq (local.get $mode) (i32.const 0x77))
                  (then
                    (i64.store (i32.const 528) (i64.const 1)) ;; the monotonic clock
                    (i64.store (i32.const 536) (i64.const 50000000))
                    (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700)))))
                (if (i32.eq (local.get $mode) (i32.const 0x6c))
                  (then (call $write (i32.const 1) (i32.const 4096) (i32.const 102400))))))
            """;

    private final List<String> log = new ArrayList<>();
    private final Recorder sink = new Recorder();

    @TempDir
    Path directory;

    @AfterEach
    void thread_isNotInterrupted() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void tryHandle_unknownGuest_isLeftToOthersUntilItWasQuick() {
        try (Wagi wagi = wagi(GUEST)) {
            assertThat(wagi.tryHandle(WagiRequest.get("/"), sink)).isFalse();
            assertThat(sink.calls).isEmpty();

            warmUp(wagi, "/");
            assertThat(sink.calls).containsExactly("start 200 6", "write quick\n", "end");
            assertThat(sink.headers.first("Content-Type")).contains("text/plain");
            assertThat(sink.headers.first("X-Request-Id")).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({"/healthz, 200", "/nothing/here, 404", "/%zz, 400"})
    void tryHandle_noGuestNeeded_answersAtOnce(String path, int status) {
        try (Wagi wagi = wagi(GUEST)) {
            assertThat(wagi.tryHandle(WagiRequest.get(path), sink)).isTrue();
            assertThat(sink.calls.get(0)).startsWith("start " + status);
            assertThat(sink.calls).last().isEqualTo("end");
        }
    }

    @Test
    void tryHandle_withABody_isLeftToOthers() {
        try (Wagi wagi = wagi(GUEST)) {
            warmUp(wagi, "/");
            sink.calls.clear();
            WagiRequest post =
                    WagiRequest.builder("POST", "/").body(new byte[1]).build();
            assertThat(wagi.tryHandle(post, sink)).isFalse();
            assertThat(sink.calls).isEmpty();
        }
    }

    /** What was printed and logged before the guest was stopped is forgotten: it happens again when the run counts. */
    @ParameterizedTest
    @ValueSource(strings = {"s", "w", "l", "e", "t", "x", "g", "f", "r"})
    void tryHandle_slowOrLong_isGivenUpWithoutATrace(String mode) {
        try (Wagi wagi = wagi(GUEST)) {
            warmUp(wagi, "/");
            sink.calls.clear();
            log.clear();
            assertThat(wagi.tryHandle(WagiRequest.get("/?" + mode), sink)).isFalse();
            assertThat(sink.calls).isEmpty();
            assertThat(log).isEmpty();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            if (!mode.equals("s")) {
                WagiResponse again = wagi.handle(WagiRequest.get("/?" + mode));
                assertThat(again.status()).isEqualTo(mode.equals("t") ? 502 : 200);
                assertThat(log).hasSize(mode.equals("e") ? 1 : 0);
            }
            assertThat(wagi.tryHandle(WagiRequest.get("/"), sink))
                    .as("it must earn its trust again")
                    .isFalse();
            warmUp(wagi, "/");
        }
    }

    @Test
    void tryHandle_guestMayHaveOtherEffects_isNeverTried() {
        Wagi.Builder builder = Wagi.builder()
                .addModule(m -> m.route("/")
                        .source(Guests.wat(directory, "guest", GUEST))
                        .allowedHosts("https://example.org"))
                .outboundHttpClient(request -> {
                    throw new IOException("it is not called");
                });
        try (Wagi wagi = builder.build()) {
            for (int i = 0; i < 2000; i++) {
                wagi.handle(WagiRequest.get("/"));
            }
            assertThat(wagi.tryHandle(WagiRequest.get("/"), sink)).isFalse();
        }
    }

    @Test
    void tryHandle_threadIsInterrupted_isLeftToOthers() {
        try (Wagi wagi = wagi(GUEST)) {
            warmUp(wagi, "/");
            Thread.currentThread().interrupt();
            assertThat(wagi.tryHandle(WagiRequest.get("/"), sink)).isFalse();
            assertThat(Thread.interrupted()).as("it was somebody else's").isTrue();
            warmUp(wagi, "/");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Status: 204\\n\\n                       | GET  | start 204 -1",
                "Status: 304\\nContent-Type: a/b\\n\\n   | GET  | start 304 -1",
                "Content-Type: a/b\\n\\nfour             | HEAD | start 200 4",
                "Location: http://other/\\n\\n           | GET  | start 302 0"
            })
    void tryHandle_withoutBody_isStartedAsByHandle(String output, String method, String start) {
        try (Wagi wagi = wagi(Guests.printing(output.replace("\\n", "\n"), ""))) {
            WagiRequest request = WagiRequest.builder(method, "/").build();
            until(() -> {
                wagi.handle(request);
                return wagi.tryHandle(request, sink);
            });
            assertThat(sink.calls).containsExactly(start, "end");
        }
    }

    @Test
    void tryHandle_afterClose_isLeftToOthers() {
        Wagi wagi = wagi(GUEST);
        warmUp(wagi, "/");
        wagi.close();
        sink.calls.clear();
        assertThat(wagi.tryHandle(WagiRequest.get("/"), sink)).isFalse();
        assertThat(sink.calls).isEmpty();
    }

    private Wagi wagi(String text) {
        return Wagi.builder()
                .guestLog((module, id, line) -> log.add(line))
                .addModule(m -> m.route("/").source(Guests.wat(directory, "guest", text)))
                .build();
    }

    /** Until the guest is trusted, however slow this machine is just now. */
    private void warmUp(Wagi wagi, String target) {
        WagiRequest request = WagiRequest.get(target);
        until(() -> {
            wagi.handle(request);
            sink.calls.clear();
            return wagi.tryHandle(request, sink);
        });
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("gave up waiting").isLessThan(end);
        }
    }

    /** Notes what it is called for. */
    private static final class Recorder implements ResponseSink {
        private final List<String> calls = new ArrayList<>();
        private Headers headers = Headers.none();

        @Override
        public void start(int status, Headers fields, long contentLength) {
            calls.add("start " + status + " " + contentLength);
            headers = fields;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            calls.add("write " + new String(bytes, offset, length));
        }

        @Override
        public void flush() {
            calls.add("flush");
        }

        @Override
        public void end() {
            calls.add("end");
        }

        @Override
        public void abort() {
            calls.add("abort");
        }
    }
}
