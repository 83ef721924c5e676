// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Routes that modules declare with {@code _routes}. */
class DeclaredRoutesTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /shop,           start
                    /shop/other,     start
                    /shop/cart,      a
                    /shop/cart/,     start
                    /shop/item,      b
                    /shop/item/7,    b
                    /shop/item/last, c
                    /shop/late/x,    c
                    /shop/late/x/y,  c
                    """)
    void handle_declaredRoute_callsItsEntrypoint(String path, String expected) {
        // For /late/x the last matching line wins although the one before it is longer.
        try (Wagi wagi =
                wagi("/shop/...", "/cart a\\n\\n  /item/... \\t b  \\r\\n/item/last c\\nlate/x a\\n/late/... c\\n")) {
            assertThat(wagi.handle(WagiRequest.get(path)).text()).isEqualTo(expected);
        }
    }

    @Test
    void handle_declaredRoute_isTheScriptName() {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/shop/...").source(module("/item/... a\\n")))
                .addModule(m -> m.route("/shop/item/exact").source(Guests.sample("hello")))
                .build()) {
            assertThat(wagi.routes())
                    .extracting(RouteInfo::route, RouteInfo::entrypoint)
                    .containsExactly(
                            org.assertj.core.api.Assertions.tuple("/shop/...", "_start"),
                            org.assertj.core.api.Assertions.tuple("/shop/item/...", "a"),
                            org.assertj.core.api.Assertions.tuple("/shop/item/exact", "_start"));
            assertThat(wagi.handle(WagiRequest.get("/shop/item/exact")).text()).isEqualTo("hello world\n");
            assertThat(wagi.handle(WagiRequest.get("/shop/item/other")).text()).isEqualTo("a");
        }
    }

    @Test
    void handle_exactOwnRoute_declaredOnesStandBelowIt() {
        try (Wagi wagi = wagi("/shop", "/cart a\\n")) {
            assertThat(wagi.handle(WagiRequest.get("/shop")).text()).isEqualTo("start");
            assertThat(wagi.handle(WagiRequest.get("/shop/cart")).text()).isEqualTo("a");
            assertThat(wagi.handle(WagiRequest.get("/shop/other")).status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                 | exports _routes but prints no route in it
                    \\n \\n            | exports _routes but prints no route in it
                    /cart\\n           | , line 1 of _routes: "/cart" is not a pattern and an entrypoint
                    /a a\\n/b b c\\n   | , line 2 of _routes: "/b b c" is not a pattern and an entrypoint
                    /a nope\\n         | , line 1 of _routes: the module exports no function "nope" without parameters and results; it exports _routes, _start, a, b, c
                    /.../a a\\n        | , line 1 of _routes: the pattern "/.../a" has '...' elsewhere than as its last segment
                    /\\1b a\\n         | , line 1 of _routes: the pattern "/\\x1b" has white space, a control character
                    """)
    void load_badDeclaration_namesModuleAndLine(String printed, String problem) {
        assertThat(problems("/shop/...", printed.replace("\\\\", "\\")))
                .singleElement()
                .asString()
                .startsWith("Wagi.builder(), module 1, key 'module': ")
                .contains("routes.wat" + (problem.startsWith(",") ? "" : " ") + problem.replace("\\\\", "\\"));
    }

    @Test
    void load_trapInRoutes_isRefused() {
        Path guest = Guests.wat(
                directory, "trap", "(module (func (export \"_routes\") unreachable) (func (export \"_start\")))");

        assertThat(problems(guest)).singleElement().asString().contains("trap.wat fails in _routes: ");
    }

    @Test
    void load_routesWithParameters_isRefused() {
        Path guest = Guests.wat(
                directory, "odd", "(module (func (export \"_routes\") (param i32)) (func (export \"_start\")))");

        assertThat(problems(guest)).singleElement().asString().contains("exports _routes with parameters or results");
    }

    @Test
    void load_tooMuchOutput_isRefused() {
        String endless = Guests.printing(
                        "/a a\n", "(loop (call $write (i32.const 1) (i32.const 1024) (i32.const 4096)) (br 0))")
                .replace("(export \"_start\")", "(export \"_routes\") (export \"_start\")");

        assertThat(problems(Guests.wat(directory, "endless", endless)))
                .singleElement()
                .asString()
                .contains("fails in _routes: it prints more than 65536 bytes");
    }

    @Test
    void load_declaredRouteOfAnotherModule_isAConflict() {
        WagiConfigException failure = catchThrowableOfType(
                WagiConfigException.class,
                () -> Wagi.builder()
                        .addModule(m -> m.route("/shop/...").source(module("/cart a\\n")))
                        .addModule(m -> m.route("/shop/cart").source(Guests.sample("hello")))
                        .build());

        assertThat(failure.problems())
                .containsExactly("Wagi.builder(), module 2, key 'route': \"/shop/cart\" is already a route of"
                        + " Wagi.builder(), module 1; give them different routes, hosts or methods");
    }

    private Wagi wagi(String route, String printed) {
        return Wagi.builder()
                .addModule(m -> m.route(route).source(module(printed)))
                .build();
    }

    private List<String> problems(String route, String printed) {
        return catchThrowableOfType(
                        WagiConfigException.class, () -> wagi(route, printed).close())
                .problems();
    }

    private List<String> problems(Path guest) {
        return catchThrowableOfType(
                        WagiConfigException.class,
                        () -> Wagi.builder()
                                .addModule(m -> m.route("/").source(guest))
                                .build()
                                .close())
                .problems();
    }

    /** A module whose {@code _routes} prints the text (WAT escapes), and whose functions print their names. */
    private Path module(String printed) {
        int length = printed.replaceAll("\\\\([0-9a-f]{2}|.)", "x").length();
        return Guests.wat(directory, "routes", """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 1024) "%s")
                  (data (i32.const 4096) "Status: 200\\n\\nstart")
                  (data (i32.const 4128) "Status: 200\\n\\na")
                  (data (i32.const 4160) "Status: 200\\n\\nb")
                  (data (i32.const 4192) "Status: 200\\n\\nc")
                  (func $print (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func (export "_routes") (call $print (i32.const 1024) (i32.const %d)))
                  (func (export "_start") (call $print (i32.const 4096) (i32.const 18)))
                  (func (export "a") (call $print (i32.const 4128) (i32.const 14)))
                  (func (export "b") (call $print (i32.const 4160) (i32.const 14)))
                  (func (export "c") (call $print (i32.const 4192) (i32.const 14))))
                """.formatted(printed, length));
    }
}
