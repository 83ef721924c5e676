// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.wat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.spi.TextAssembler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Modules in the text format. */
class WatTest {

    private static final String HELLO = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\08\\00\\00\\00\\1f\\00\\00\\00Content-Type: text/plain\\n\\nhello")
              (func (export "_start")
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void load_text_isServed(Wagi.Engine engine) throws IOException {
        Path file = Files.writeString(directory.resolve("hello.wat"), HELLO);

        try (Wagi wagi = Wagi.builder()
                .engine(engine)
                .addModule(m -> m.route("/").source(file))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("hello");
            assertThat(wagi.modules().get(0).imports()).containsExactly("wasi_snapshot_preview1.fd_write");
        }
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        "(module (fun))",
                        " cannot be assembled: line 1, column 10: unexpected token \"fun\", expected a module field."),
                Arguments.of(
                        "(module\n  (func (export \"_start\") i32.add drop))",
                        " cannot be assembled: line 2, column 27: type mismatch in i32.add, expected [i32, i32] but"
                                + " got []"),
                Arguments.of("(module \u001b)", " cannot be assembled: line 1, column "),
                Arguments.of("", " is not WebAssembly: it is empty; name a .wasm or .wat file"),
                Arguments.of(
                        "(module (func " + "(block ".repeat(20_000) + ")".repeat(20_000) + "))",
                        " cannot be assembled: the assembler failed ("));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void load_mistake_saysWhere(String text, String problem) throws IOException {
        Path file = Files.writeString(directory.resolve("a.wat"), text);

        assertThatThrownBy(() ->
                        Wagi.builder().addModule(m -> m.route("/").source(file)).build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("Wagi.builder(), module 1, key 'module': " + file + problem)
                .message()
                .doesNotContain("\u001b");
    }

    @Test
    void assemble_text_isAModule() {
        assertThat(Wat.assemble("hello", HELLO.getBytes(StandardCharsets.UTF_8)))
                .startsWith(0, 'a', 's', 'm', 1, 0, 0, 0);
    }

    @Test
    void assemble_mistake_isNamedAsTheCallerWants() {
        assertThatThrownBy(() -> Wat.assemble("the guest", "(module (fun))".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageStartingWith("the guest cannot be assembled: line 1, column 10: ");
    }

    @Test
    void assembler_isFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(TextAssembler.class)).singleElement().isInstanceOf(WabtAssembler.class);
    }
}
