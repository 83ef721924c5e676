// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.internal.request.MemorySink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Volumes as they are configured, and used by guests of C and Rust. */
class VolumesTest {

    @TempDir
    Path directory;

    private Path data;

    @BeforeEach
    void plant() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        Files.createDirectory(directory.resolve("site"));
        Files.writeString(directory.resolve("site/index.html"), "<p>index\n");
        Files.createDirectory(directory.resolve("site/sub"));
        Files.writeString(directory.resolve("site/sub/a.txt"), "in sub");
        Files.writeString(directory.resolve("secret"), "SECRET");
        Files.copy(Guests.sample("files"), directory.resolve("files.wasm"));
        Files.copy(Guests.sample("guestbook"), directory.resolve("guestbook.wasm"));
    }

    private Wagi files(Wagi.Engine engine) {
        return Wagi.builder()
                .engine(engine)
                .addModule(m -> m.route("/site/...")
                        .source(directory.resolve("files.wasm"))
                        .addVolume("/site", directory.resolve("site")))
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void files_ofAGuestOfC_areServed(Wagi.Engine engine) {
        try (Wagi wagi = files(engine)) {
            assertThat(wagi.handle(WagiRequest.get("/site/")).text()).isEqualTo("<p>index\n");
            WagiResponse text = wagi.handle(WagiRequest.get("/site/sub/a.txt"));
            assertThat(text.text()).isEqualTo("in sub");
            assertThat(text.headers().all("Content-Type")).containsExactly("text/plain; charset=utf-8");
            assertThat(wagi.handle(WagiRequest.get("/site/nothing")).status()).isEqualTo(404);
            assertThat(wagi.handle(WagiRequest.get("/site/..%2f..%2fsecret")).status())
                    .isEqualTo(404);
        }
    }

    @Test
    void guestbook_ofAGuestOfRust_keepsWhatIsWritten() throws IOException {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/book")
                        .source(directory.resolve("guestbook.wasm"))
                        .addWritableVolume("/data", data, 30, 1))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/book")).text()).isEqualTo("Nobody was here yet.\n");
            assertThat(post(wagi, "first").status()).isEqualTo(201);
            assertThat(post(wagi, "second").status()).isEqualTo(201);
            assertThat(wagi.handle(WagiRequest.get("/book")).text()).isEqualTo("first\nsecond\n");
            assertThat(post(wagi, "more than fits into it").status()).isEqualTo(500);
            assertThat(post(wagi, "this fits").status()).isEqualTo(201);
        }
        assertThat(data.resolve("guestbook.txt")).hasContent("first\nsecond\nthis fits\n");
    }

    @Test
    void guestbook_readOnly_writesNothing() {
        List<String> log = new CopyOnWriteArrayList<>();
        try (Wagi wagi = Wagi.builder()
                .guestLog((module, id, line) -> log.add(line))
                .addModule(m -> m.route("/book")
                        .source(directory.resolve("guestbook.wasm"))
                        .addVolume("/data", data))
                .build()) {
            assertThat(post(wagi, "first").status()).isEqualTo(500);
        }
        assertThat(log).containsExactly("guestbook: Read-only file system (os error 69)");
        assertThat(data).isEmptyDirectory();
    }

    private static WagiResponse post(Wagi wagi, String text) {
        return wagi.handle(WagiRequest.builder("POST", "/book")
                .body(text.getBytes(StandardCharsets.UTF_8))
                .build());
    }

    @Test
    void tryHandle_moduleWithVolume_isNeverTried() {
        try (Wagi wagi = files(Wagi.Engine.COMPILER)) {
            for (int i = 0; i < 40; i++) {
                assertThat(wagi.handle(WagiRequest.get("/site/")).status()).isEqualTo(200);
            }
            assertThat(wagi.tryHandle(WagiRequest.get("/site/"), new MemorySink()))
                    .isFalse();
        }
    }

    @Test
    void routes_function_hasNoVolumes() throws IOException {
        // fd_prestat_get of the first volume must fail in _routes and succeed in a request.
        Path wat = Guests.wat(directory, "guest", """
                (module
                  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 100) "/declared _start\\n")
                  (data (i32.const 200) "Content-Type: text/plain\\n\\nvolume\\n")
                  (func $write (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func (export "_routes")
                    (if (call $prestat (i32.const 3) (i32.const 16)) (then (call $write (i32.const 100) (i32.const 17)))))
                  (func (export "_start")
                    (if (i32.eqz (call $prestat (i32.const 3) (i32.const 16)))
                      (then (call $write (i32.const 200) (i32.const 33))))))
                """);
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/x").source(wat).addVolume("/data", data))
                .build()) {
            assertThat(wagi.routes()).hasSize(2);
            assertThat(wagi.handle(WagiRequest.get("/x/declared")).text()).isEqualTo("volume\n");
        }
    }

    @Test
    void volumes_moreThanDescriptors_areRefused() {
        WagiConfigException e = catchThrowableOfType(
                WagiConfigException.class,
                () -> Wagi.builder()
                        .addModule(m -> m.route("/a")
                                .source(directory.resolve("files.wasm"))
                                .addVolume("/a", data)
                                .addVolume("/b", data)
                                .limits(limits -> limits.withMaxOpenFiles(5)))
                        .build());

        assertThat(e)
                .hasMessageContaining("key 'volumes': are 2, which leaves no descriptor for files;"
                        + " raise max_open_files above 5");
    }
}
