// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one request left in an instance is never there for the next one, however the guest spread it. */
class SecrecyTest {

    /**
     * With a body: spreads it over all of its memory and more. Without: looks for the word SECRET in all of its memory,
     * also in what it can grow, and prints 1 if it is there. The seventh octet of the body says how it ends: {@code r}
     * returns, {@code e} exits, {@code t} traps, {@code s} goes on to look.
     */
    private static final String LEAKY = """
            (module
              (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 2 64)
              (global $found (mut i32) (i32.const 0))
              (global $kept (mut i64) (i64.const 0))
              (data (i32.const 1024) "Content-Type: text/plain\\n\\n....\\n")
              (func $spread (param $length i32) (local $at i32)
                (global.set $kept (i64.load (i32.const 2048)))
                (drop (memory.grow (i32.const 30)))
                (local.set $at (i32.const 4096))
                (loop $more
                  (memory.copy (local.get $at) (i32.const 2048) (local.get $length))
                  ;; and unaligned, across the end of a page
                  (i64.store (i32.sub (local.get $at) (i32.const 3)) (i64.load (i32.const 2048)))
                  (br_if $more (i32.lt_u
                    (local.tee $at (i32.add (local.get $at) (i32.const 4096)))
                    (i32.const 2093056)))))
              (func $count (local $at i32)
                (drop (memory.grow (i32.const 60)))
                (loop $more
                  ;; "SECR", written so that it is not in the module itself
                  (if (i32.eq (i32.load (local.get $at)) (i32.xor (i32.const 0x3a3d3f27) (i32.const 0x687e7a74)))
                    (then (global.set $found (i32.const 1))))
                  (br_if $more (i32.lt_u
                    (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                    (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))))
                (if (i64.ne (global.get $kept) (i64.const 0))
                  (then (global.set $found (i32.const 1)))))
              (func (export "_start") (local $length i32)
                (i32.store (i32.const 0) (i32.const 2048))
                (i32.store (i32.const 4) (i32.const 1000))
                (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                (local.set $length (i32.load (i32.const 8)))
                (if (local.get $length)
                  (then
                    (call $spread (local.get $length))
                    (if (i32.eq (i32.load8_u (i32.const 2054)) (i32.const 0x65)) (then (call $exit (i32.const 0))))
                    (if (i32.eq (i32.load8_u (i32.const 2054)) (i32.const 0x74)) (then (unreachable)))
                    (if (i32.ne (i32.load8_u (i32.const 2054)) (i32.const 0x73)) (then (return)))))
                (call $count)
                (i32.store8 (i32.const 1050) (i32.add (i32.const 48) (global.get $found)))
                (i32.store (i32.const 0) (i32.const 1024))
                (i32.store (i32.const 4) (i32.const 31))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """;

    @TempDir
    Path directory;

    @Test
    void handle_afterEveryWayToEnd_findsNothingOfOtherRequests() throws Exception {
        Path guest = Guests.wat(directory, "leaky", LEAKY);
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/reused/...").source(guest))
                .addModule(m -> m.route("/fresh/...").source(guest).reuse(false))
                .build()) {
            ExecutorService executor = Executors.newFixedThreadPool(4);
            List<Future<WagiResponse>> leaks = new ArrayList<>();
            List<Future<WagiResponse>> scans = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                String end = List.of("r", "e", "t").get(i % 3);
                String route = i % 10 == 0 ? "/fresh/" : "/reused/";
                leaks.add(executor.submit(() -> wagi.handle(WagiRequest.builder("POST", route)
                        .body(("SECRET" + end + "-cookie").getBytes(StandardCharsets.UTF_8))
                        .build())));
                scans.add(executor.submit(() -> wagi.handle(WagiRequest.get(route))));
            }
            for (Future<WagiResponse> scan : scans) {
                assertThat(scan.get().text()).isEqualTo("0...\n");
            }
            for (Future<WagiResponse> leak : leaks) {
                // It spread what it had, and printed nothing.
                assertThat(leak.get().status()).isEqualTo(502);
            }
            executor.shutdown();
        }
    }

    /** Or else the test above would show nothing. */
    @Test
    void handle_inTheSameRun_findsIt() {
        Path guest = Guests.wat(directory, "leaky", LEAKY);
        try (Wagi wagi =
                Wagi.builder().addModule(m -> m.route("/").source(guest)).build()) {
            WagiRequest request = WagiRequest.builder("POST", "/")
                    .body("SECRETs-cookie".getBytes(StandardCharsets.UTF_8))
                    .build();
            assertThat(wagi.handle(request).text()).isEqualTo("1...\n");
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("0...\n");
        }
    }
}
