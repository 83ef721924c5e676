// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.server.WagiServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole contract once more with guests that are known to be quick, so that they run on the threads of the sockets.
 */
class WagiServerPromptTest extends WireContract {

    /** With a query it computes for a good while, but not for ever. */
    private static final String SOMETIMES_SLOW = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\08\\00\\00\\00\\1e\\00\\00\\00Content-Type: text/plain\\n\\nok.\\n")
              (func (export "_start") (local $i i64)
                (drop (call $sizes (i32.const 100) (i32.const 104)))
                (if (i32.gt_u (i32.load (i32.const 100)) (i32.const 1))
                  (then
                    (loop $more
                      (i64.store (i32.const 200) (i64.add (i64.load (i32.const 200)) (local.get $i)))
                      (local.set $i (i64.add (local.get $i) (i64.const 1)))
                      (br_if $more (i64.lt_u (local.get $i) (i64.const 400000000))))))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 96)))))
            """;

    /** What can be answered at once; the contract's other guests trap, exit, wait or print a lot. */
    private static final List<String> QUICK =
            List.of("/hello", "/env", "/cookies", "/no_content", "/not_modified", "/own_date", "/get");

    private WagiServer server;

    @TempDir
    Path directory;

    @Override
    URI start() {
        warmUp(host(), QUICK);
        server = WagiServer.builder(host()).port(0).start();
        return server.uri();
    }

    @Override
    void stop() {
        server.close();
    }

    /** Until they are, however slow this machine is just now. */
    private static void warmUp(Wagi host, List<String> paths) {
        for (String path : paths) {
            WagiRequest request = WagiRequest.get(path);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!host.tryHandle(request, new Nowhere())) {
                assertThat(System.nanoTime()).as("gave up on " + path).isLessThan(end);
                host.handle(request);
            }
        }
    }

    private static final class Nowhere implements ResponseSink {
        @Override
        public void start(int status, Headers headers, long contentLength) {}

        @Override
        public void write(byte[] bytes, int offset, int length) {}

        @Override
        public void flush() {}

        @Override
        public void end() {}

        @Override
        public void abort() {}
    }

    @Test
    void handle_quickGuestIsSuddenlySlow_othersOnTheSameThreadGoOn() throws Exception {
        Path guest = Files.writeString(directory.resolve("slow.wat"), SOMETIMES_SLOW);
        try (Wagi wagi = Wagi.builder()
                        .limits(l -> l.withTimeout(Duration.ofMinutes(5)))
                        .addModule(m -> m.route("/slow").source(guest))
                        .addModule(m -> m.route("/quick").source(guest))
                        .build();
                WagiServer own = WagiServer.builder(wagi).port(0).start();
                RawClient slow = new RawClient(own.uri());
                RawClient quick = new RawClient(own.uri())) {
            warmUp(wagi, List.of("/slow", "/quick"));
            slow.send("GET /slow?x HTTP/1.1\r\nHost: a\r\n\r\n");
            int before = 0;
            while (!slow.isReady() && before < 1000) {
                quick.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(quick.read().body()).isEqualTo("ok.\n");
                before++;
            }
            assertThat(before).as("answered while the other one computed").isGreaterThan(10);
            assertThat(slow.read().body()).isEqualTo("ok.\n");
        }
    }
}
