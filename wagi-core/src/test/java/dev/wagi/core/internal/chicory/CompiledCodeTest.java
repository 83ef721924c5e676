// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.sandbox.GuestTrapException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is kept of a compiled module, and what is said of functions that stay slow. */
class CompiledCodeTest {

    @Test
    void parse_whatWasWritten_isTheSame() {
        CompiledCode code = compiled(large(1200));
        CompiledCode read = CompiledCode.parse(code.toBytes()).orElseThrow();

        assertThat(read.mainClass()).isEqualTo(code.mainClass());
        assertThat(read.classes()).containsOnlyKeys(code.classes().keySet());
        code.classes()
                .forEach((name, bytes) -> assertThat(read.classes().get(name)).isEqualTo(bytes));
        assertThat(read.large()).isEqualTo(code.large());
        assertThat(read.reuse()).isEqualTo(code.reuse());
    }

    @Test
    void parse_somethingElse_isEmpty() {
        byte[] bytes = compiled(large(10)).toBytes();
        assertThat(CompiledCode.parse(new byte[0])).isEmpty();
        assertThat(CompiledCode.parse(Arrays.copyOf(bytes, bytes.length / 2))).isEmpty();
    }

    /** It returns two values, which the pass leaves whole. */
    @Test
    void large_functionBeyondTheLimit_isNamedWithItsSize() {
        assertThat(compiled(large(1200)).large()).singleElement().asString().matches("function 0 \\(1\\d{4} bytes\\)");
        assertThat(compiled(large(10)).large()).isEmpty();
    }

    /** The JVM has no method of more than 64 KiB: the interpreter runs it, and everything else is compiled. */
    @Test
    void interpreted_functionThatTheJvmCannotHave_runsAllTheSame() throws IOException {
        byte[] binary = ModuleFormat.toBinary("huge", large(9000), text -> WatAssembler.assemble("huge", text));
        assertThat(compiled(large(9000)).interpreted()).singleElement().isEqualTo("function 0");

        ChicoryModule module = (ChicoryModule) new ChicoryEngine(true).load("huge", binary);
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        sandbox.run("_start", RestoreTest.nothing());
        assertThat(sandbox.memory().readInt(0)).isEqualTo(9000 * 8999 / 2);
    }

    /** The engine makes an exception handler for no code of it, which the JVM refuses. */
    @Test
    void load_whatTheJvmRefuses_isAnErrorOfTheModule() {
        // (module (func (export "_start") (try_table nop)))
        byte[] binary = HexFormat.of()
                .parseHex("0061736d01000000" + "010401600000" + "03020100" + "070a01065f7374617274" + "0000"
                        + "0a090107001f4000010b0b");
        assertThatThrownBy(() -> new ChicoryEngine(true).load("try", binary))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageStartingWith("try is valid, but cannot be compiled: ");
    }

    /** Leaves that only fill a table, called one after the other: nothing in there loops or calls anything else. */
    @Test
    void interrupt_inBulkInstructionsOfLeaves_stopsTheGuest() {
        String fills = "(table.fill 0 (i32.const 0) (ref.null func) (i32.const 1000000))".repeat(500);
        String calls = "(call $leaf)".repeat(2000);
        String text =
                "(module (table 1000000 funcref) (func $leaf " + fills + ") (func (export \"_start\") " + calls + "))";
        ChicorySandbox sandbox = (ChicorySandbox) new ChicoryEngine(true)
                .load("leaves", text.getBytes(StandardCharsets.UTF_8))
                .instantiate();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sandbox.run("_start", RestoreTest.nothing()))
                .isInstanceOf(GuestTrapException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "5", "99", "3 4", "0 50 99", "''"})
    void invalid_functionsOfWhichThePassMakesInvalidCode_areFoundAndNoOthers(String culprits) {
        BitSet expected = new BitSet();
        culprits.lines()
                .flatMap(line -> Arrays.stream(line.split(" ")))
                .filter(number -> !number.isEmpty())
                .forEach(number -> expected.set(Integer.parseInt(number)));

        assertThat(ModuleCompiler.invalid(0, 100, improved -> !improved.intersects(expected)))
                .isEqualTo(expected);
    }

    @Test
    void improved_withoutSomeFunctions_leavesThoseAsTheyWere() {
        WasmModule module = Parser.parse(WatAssembler.assemble("large", large(1200)));
        CompiledCode plain = CompiledCode.plain(module);
        BitSet first = new BitSet();
        first.set(0);
        BitSet both = new BitSet();
        both.set(0, 2);

        int improved = size(plain.improved(module, new BitSet()));
        int oneLeft = size(plain.improved(module, first));
        assertThat(oneLeft).isNotEqualTo(improved);
        assertThat(plain.improved(module, both).load(true)).isNotNull();
    }

    private static int size(CompiledCode code) {
        return code.classes().values().stream().mapToInt(bytes -> bytes.length).sum();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void skeleton_sample_hasEverythingButCode(Path sample) throws IOException {
        byte[] binary = Files.readAllBytes(sample);
        byte[] bare = Skeleton.of(binary);
        WasmModule whole = Parser.parse(binary);
        WasmModule skeleton = Parser.parse(bare); // validates it

        assertThat(bare.length).isLessThan(binary.length);
        assertThat(skeleton.exportSection().exportCount())
                .isEqualTo(whole.exportSection().exportCount());
        assertThat(skeleton.importSection().importCount())
                .isEqualTo(whole.importSection().importCount());
        assertThat(skeleton.functionSection().functionCount())
                .isEqualTo(whole.functionSection().functionCount());
        assertThat(skeleton.dataSection().dataSegmentCount())
                .isEqualTo(whole.dataSection().dataSegmentCount());
    }

    static Stream<Path> samples() throws IOException {
        return RestoreTest.samples();
    }

    private static CompiledCode compiled(byte[] text) {
        WasmModule module = Parser.parse(WatAssembler.assemble("large", text));
        return CompiledCode.plain(module).improved(module, new BitSet());
    }

    /** Adds the numbers below a count, one after the other. */
    private static byte[] large(int count) {
        String additions = IntStream.range(0, count)
                .mapToObj(i -> "(i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const " + i + ")))")
                .collect(Collectors.joining("\n"));
        return """
                (module
                  (memory (export "memory") 1)
                  (func (param i32) (result i32 i32) %s (local.get 0) (local.get 0))
                  (func (export "_start") (call 0 (i32.const 0)) (drop) (drop)))
                """.formatted(additions).getBytes(StandardCharsets.UTF_8);
    }
}
