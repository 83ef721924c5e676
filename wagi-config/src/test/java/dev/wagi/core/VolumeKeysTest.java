// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Volumes as they are written in configuration files. */
class VolumeKeysTest {

    @TempDir
    Path directory;

    private Path data;

    @BeforeEach
    void plant() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        Files.createDirectory(directory.resolve("site"));
        Files.writeString(directory.resolve("secret"), "SECRET");
        Files.copy(Guests.sample("files"), directory.resolve("files.wasm"));
        Files.copy(Guests.sample("guestbook"), directory.resolve("guestbook.wasm"));
    }

    private static WagiResponse post(Wagi wagi, String text) {
        return wagi.handle(WagiRequest.builder("POST", "/book")
                .body(text.getBytes(StandardCharsets.UTF_8))
                .build());
    }

    record Case(String volumes, String problem) {
        @Override
        public String toString() {
            return volumes;
        }
    }

    static Stream<Case> wrong() {
        String host = "{ path = \"data\"";
        return Stream.of(
                new Case("\"data\"", ": is not a table; write volumes = { \"/guest\" = { path = \"/host\" } }"),
                new Case("{ \"/a\" = 1 }", ", \"/a\": is neither a path nor a table; write { path = \"/host\" }"),
                new Case("{ \"/a\" = {} }", ", \"/a\": has no path; write { path = \"/host\" }"),
                new Case(
                        "{ \"/a\" = " + host + ", mode = \"wr\" } }",
                        ", \"/a\", key 'mode': is neither \"ro\" (read-only, the default) nor \"rw\" (read-write)"),
                new Case(
                        "{ \"/a\" = " + host + ", mod = \"rw\" } }",
                        ", \"/a\", key 'mod': is unknown; did you mean 'mode'?"),
                new Case(
                        "{ \"/a\" = " + host + ", max_files = 1 } }",
                        ", \"/a\", key 'max_files': limits what guests write; add mode = \"rw\" or remove it"),
                new Case(
                        "{ \"/a\" = " + host + ", mode = \"rw\", max_bytes = \"much\" } }",
                        ", \"/a\", key 'max_bytes': \"much\" is not a size; write a number of bytes, or for instance"),
                new Case(
                        "{ \"/a\" = " + host + ", mode = \"rw\", max_files = -1 } }",
                        ", \"/a\", key 'max_files': is not a number of files, 0 or more"),
                new Case(
                        "{ \"/a\" = " + host + ", mode = \"rw\", links = \"yes\" } }",
                        ", \"/a\", key 'links': is neither true nor false; write it without quotes"),
                new Case(
                        "{ \"/a\" = " + host + ", links = true } }",
                        ", \"/a\", key 'links': lets guests create links, which requires write access; add mode ="
                                + " \"rw\" or remove"),
                new Case(
                        "{ \"a\" = \"data\" }",
                        ": \"a\" is not an absolute path of the guest; write for instance \"/data\""),
                new Case(
                        "{ \"/a/\" = \"data\" }",
                        ": \"/a/\" has an empty or a dot component; write it without, for instance \"/data\""),
                new Case("{ \"/a/../b\" = \"data\" }", ": \"/a/../b\" has an empty or a dot component; write it"),
                new Case(
                        "{ \"/a\" = \"data\", \"/a/b\" = \"site\" }",
                        ": \"/a/b\" and \"/a\" overlap; give each volume a directory of its own"),
                new Case(
                        "{ \"/\" = \"data\", \"/b\" = \"site\" }", " overlap; give each volume a directory of its own"),
                new Case(
                        "{ \"/a\" = \"nothing\" }",
                        ", \"/a\": there is no directory DIR/nothing on the host; create it, or correct the path"),
                new Case(
                        "{ \"/a\" = \"secret\" }",
                        ", \"/a\": DIR/secret is not a directory; name the directory that it is in"),
                new Case(
                        "{ \"/a\" = \"\" }",
                        ", \"/a\": names no directory of the host; write for instance \"/srv/data\""),
                new Case("{ \"/a\" = \"/\" }", "would give the guest everything on this host; name a directory in it"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void volumes_wrong_areRefused(Case row) throws IOException {
        Path file = Files.writeString(
                directory.resolve("modules.toml"),
                "[[module]]\nroute = \"/a\"\nmodule = \"files.wasm\"\nvolumes = " + row.volumes + "\n");

        assertThatThrownBy(() -> Wagi.load(file))
                .isInstanceOf(WagiConfigException.class)
                .message()
                .startsWith(file + ", module 1, key 'volumes'")
                .contains(row.problem.replace("DIR", directory.toString()));
    }

    @Test
    void volumes_inDefaults_areRefused() throws IOException {
        Path file = Files.writeString(
                directory.resolve("modules.toml"),
                "[defaults]\nvolumes = { \"/a\" = \"data\" }\n[[module]]\nroute = \"/a\"\nmodule = \"files.wasm\"\n");

        assertThatThrownBy(() -> Wagi.load(file))
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("defaults, key 'volumes': is unknown");
    }

    /** The same guest, which creates a link and prints the error number, with and without permission. */
    @Test
    void links_areMadeOnlyWhereTheyAreAllowed() throws IOException {
        Path wat = Guests.wat(directory, "linker", """
                (module
                  (import "wasi_snapshot_preview1" "path_symlink"
                    (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 100) "filesoft")
                  (data (i32.const 200) "Content-Type: text/plain\\n\\n")
                  (func (export "_start") (local $errno i32)
                    (local.set $errno
                      (call $symlink (i32.const 100) (i32.const 4) (i32.const 3) (i32.const 104) (i32.const 4)))
                    (i32.store8 (i32.const 226) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
                    (i32.store8 (i32.const 227) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
                    (i32.store (i32.const 0) (i32.const 200))
                    (i32.store (i32.const 4) (i32.const 28))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                """);
        Path file = Files.writeString(directory.resolve("modules.toml"), """
                [[module]]
                route = "/never"
                module = "linker.wat"
                volumes = { "/d" = { path = "data", mode = "rw" } }
                [[module]]
                route = "/allowed"
                module = "linker.wat"
                volumes = { "/d" = { path = "data", mode = "rw", links = true } }
                """);
        try (Wagi wagi = Wagi.load(file)) {
            assertThat(wagi.handle(WagiRequest.get("/never")).text()).isEqualTo("63");
            assertThat(data.resolve("soft")).doesNotExist();
            assertThat(wagi.handle(WagiRequest.get("/allowed")).text()).isEqualTo("00");
            assertThat(Files.readSymbolicLink(data.resolve("soft"))).isEqualTo(Path.of("file"));
            assertThat(wagi.handle(WagiRequest.get("/allowed")).text()).isEqualTo("20");
        }
        Files.delete(data.resolve("soft"));
        try (Wagi wagi = Wagi.builder()
                .addModule(m ->
                        m.route("/a").source(wat).addWritableVolume("/d", data).allowLinks("/d"))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/a")).text()).isEqualTo("00");
        }
        assertThatThrownBy(() ->
                        Wagi.builder().addModule(m -> m.addVolume("/d", data).allowLinks("/d")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no writable volume \"/d\"; add it first");
    }

    /** WAGI's form, in a file: relative to it, and writable. */
    @Test
    void volumes_shortForm_isReadWrite() throws IOException {
        Path file = Files.writeString(
                directory.resolve("modules.json"),
                "{\"module\": [{\"route\": \"/book\", \"module\": \"guestbook.wasm\", \"volumes\": {\"/data\":"
                        + " \"data\"}}]}");
        try (Wagi wagi = Wagi.load(file)) {
            assertThat(post(wagi, "first").status()).isEqualTo(201);
        }
        assertThat(data.resolve("guestbook.txt")).hasContent("first\n");
    }
}
