// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever one request does to its instance, the next one starts from the module. */
class IsolationTest {

    @TempDir
    Path directory;

    /**
     * Prints what it finds (memory, its size, a global, a table's size and an entry, passive segments), then changes
     * all of it.
     */
    private static final String DIRTY = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (table $t 2 9000000 funcref)
              (global $g (mut i32) (i32.const 65))
              (data $passive "P")
              (elem $funcs func $zero $one)
              (elem (i32.const 0) func $one)
              (type $f (func (result i32)))
              (func $zero (type $f) (i32.const 48))
              (func $one (type $f) (i32.const 49))
              (data (i32.const 0) "\\08\\00\\00\\00\\13\\00\\00\\00Status: 200\\n\\n......")
              (func (export "_start")
                ;; a byte of memory, its size, the global, the table's size and first entry, a passive segment
                (i32.store8 (i32.const 21) (i32.add (i32.const 65) (i32.load8_u (i32.const 5000))))
                (i32.store8 (i32.const 22) (i32.add (i32.const 64) (memory.size)))
                (i32.store8 (i32.const 23) (global.get $g))
                (i32.store8 (i32.const 24) (i32.add (i32.const 48) (table.size $t)))
                (i32.store8 (i32.const 25) (call_indirect $t (type $f) (i32.const 0)))
                (memory.init $passive (i32.const 26) (i32.const 0) (i32.const 1))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
                (i32.store8 (i32.const 5000) (i32.const 1))
                (drop (memory.grow (i32.const 3)))
                (global.set $g (i32.const 66))
                (table.init $t $funcs (i32.const 0) (i32.const 0) (i32.const 1))
                (drop (table.grow $t (ref.null func) (i32.const 3)))
                (data.drop $passive)
                (elem.drop $funcs)))
            """;

    @ParameterizedTest
    @EnumSource
    void handle_instanceWasChanged_theNextRequestDoesNotSeeIt(Wagi.Engine engine) {
        try (Wagi wagi = wagi(engine, DIRTY)) {
            for (int i = 0; i < 5; i++) {
                assertThat(wagi.handle(WagiRequest.get("/")).text())
                        .as("request %d", i)
                        .isEqualTo("AAA21P");
            }
        }
    }

    /** What a request may take is bounded, and gone with it. */
    @Test
    void handle_hugeTables_areRefusedToTheGuest() throws Exception {
        String growing = DIRTY.replace(
                "(table.grow $t (ref.null func) (i32.const 3))", "(table.grow $t (ref.null func) (i32.const 8000000))");
        try (Wagi wagi = wagi(Wagi.Engine.COMPILER, growing)) {
            ExecutorService executor = Executors.newFixedThreadPool(8);
            List<Future<WagiResponse>> responses = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                responses.add(executor.submit(() -> wagi.handle(WagiRequest.get("/"))));
            }
            for (Future<WagiResponse> response : responses) {
                assertThat(response.get().text()).isEqualTo("AAA21P");
            }
            executor.shutdown();
        }
    }

    private Wagi wagi(Wagi.Engine engine, String text) {
        return Wagi.builder()
                .engine(engine)
                .addModule(m -> m.route("/").source(Guests.wat(directory, "dirty", text)))
                .build();
    }
}
