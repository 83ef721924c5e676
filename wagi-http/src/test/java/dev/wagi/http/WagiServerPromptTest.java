// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.http.server.WagiServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract once more with guests that are known to be quick, so that they run on the threads of the sockets. */
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
                      (br_if $more (i64.lt_u (local.get $i) (i64.const 1000000000))))))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 96)))))
            """;

    private static final Set<String> WITHOUT_END = Set.of("/spin", "/endless");

    private WagiServer server;

    @TempDir
    Path directory;

    @Override
    URI start(Wagi host) {
        warmUp(host);
        server = WagiServer.builder(host).port(0).start();
        return server.uri();
    }

    @Override
    void stop() {
        server.close();
    }

    private static void warmUp(Wagi host) {
        for (RouteInfo route : host.routes()) {
            if (WITHOUT_END.contains(route.route())) {
                continue;
            }
            WagiRequest request = WagiRequest.get(route.route().replace("/...", ""));
            for (int i = 0; i < 200; i++) {
                host.handle(request);
            }
        }
    }

    @Test
    @Timeout(120)
    void handle_quickGuestIsSuddenlySlow_othersOnTheSameThreadGoOn() throws Exception {
        Path guest = Files.writeString(directory.resolve("slow.wat"), SOMETIMES_SLOW);
        try (Wagi wagi = Wagi.builder()
                        .module(m -> m.route("/slow").source(guest))
                        .module(m -> m.route("/quick").source(guest))
                        .build();
                WagiServer own = WagiServer.builder(wagi).port(0).start();
                RawClient slow = new RawClient(own.uri());
                RawClient quick = new RawClient(own.uri())) {
            warmUp(wagi);
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
