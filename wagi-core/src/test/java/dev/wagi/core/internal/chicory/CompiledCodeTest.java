// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
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

    /**
     * The JVM has no method of more than 64 KiB: the function is split. What returns two values is not, and is
     * interpreted.
     */
    @ParameterizedTest
    @CsvSource({"(result i32 i32), (drop) (drop), false", "(result i32), (drop), true"})
    void of_functionThatTheJvmCannotHave_runsAllTheSame(String results, String drops, boolean isSplit)
            throws IOException {
        byte[] text = large(9000, results, drops);
        byte[] binary = ModuleFormat.toBinary("huge", text, t -> new PlainAssembler().assemble("huge", t));
        assertThat(compiled(text).interpreted()).isEqualTo(isSplit ? List.of() : List.of("function 0"));

        ChicoryModule module = (ChicoryModule) new ChicoryEngine(true).load("huge", binary);
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        sandbox.run("_start", RestoreTest.nothing());
        assertThat(sandbox.memory().readInt(0)).isEqualTo(9000 * 8999 / 2);
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

    /** Who is to blame, in turn: first the pass, then the engine's compiler. */
    @ParameterizedTest
    @CsvSource({"'', '', '', ''", "'', '1 5', '1 5', ''", "'1 5', '5', '1 5', '5'", "'1', '2', '1 2', ''"})
    void blame_functionsThatTheJvmRefuses_areFirstLeftUnimprovedThenInterpreted(
            String leftBefore, String invalid, String leftAfter, String refused) {
        BitSet left = bits(leftBefore);
        BitSet interpreted = new BitSet();

        assertThat(ModuleCompiler.blame(bits(invalid), left, interpreted)).isEqualTo(!invalid.isEmpty());
        assertThat(left).isEqualTo(bits(leftAfter));
        assertThat(interpreted).isEqualTo(bits(refused));
    }

    private static BitSet bits(String numbers) {
        BitSet bits = new BitSet();
        numbers.lines()
                .flatMap(line -> Arrays.stream(line.split(" ")))
                .forEach(number -> bits.set(Integer.parseInt(number)));
        return bits;
    }

    @Test
    void of_withoutSomeFunctions_leavesThoseAsTheyWere() {
        WasmModule module = Parser.parse(new PlainAssembler().assemble("large", large(1200)));
        BitSet first = new BitSet();
        first.set(0);

        assertThat(size(of(module, first, new BitSet()))).isNotEqualTo(size(of(module, new BitSet(), new BitSet())));
        assertThat(of(module, new BitSet(), first).failed()).containsExactly("function 0");
        assertThat(of(module, new BitSet(), first).load(true)).isNotNull();
    }

    private static CompiledCode of(WasmModule module, BitSet left, BitSet refused) {
        return CompiledCode.of(
                module, Objects.requireNonNull(PatchedCompiler.shared()), left, refused, CodePass.COMPILED, () -> {});
    }

    private static int size(CompiledCode code) {
        return code.classes().values().stream().mapToInt(bytes -> bytes.length).sum();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void skeleton_sample_hasEverythingButCode(Path sample) throws IOException {
        byte[] binary = Files.readAllBytes(sample);
        byte[] bare = Skeleton.of(binary).binary();
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

    /** The interpreted function is the only one whose body is kept, with its place among imported and compiled ones. */
    @Test
    void skeleton_functionThatIsInterpreted_hasItsBodyOnly() throws IOException {
        String text = """
                (module
                  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
                  (memory (export "memory") 1)
                  (func $first (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
                  %s
                  (func (export "_start")
                    (drop (call $yield))
                    (i32.store (i32.const 4) (call $first (i32.const 41)))
                    (call $large (i32.const 0)) (drop) (drop)))
                """.formatted(
                        function("$large", 9000, "(result i32 i32)", "(call $first (local.get 0)) (local.get 0)"));
        byte[] binary = new PlainAssembler().assemble("mixed", text.getBytes(StandardCharsets.UTF_8));
        CompiledCode code = EmittedClasses.compiled(Parser.parse(binary), CodePass.COMPILED);
        Skeleton skeleton = CompiledCode.parse(code.toBytes()).orElseThrow().skeleton(binary);

        assertThat(code.interpreted()).containsExactly("function 2");
        assertThat(skeleton.codeBytes()).isBetween(9000, binary.length);
        assertThat(skeleton.parsed().codeSection().functionBodies())
                .extracting(body -> body.instructions().size())
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(2),
                        large -> assertThat(large).isGreaterThan(9000),
                        start -> assertThat(start).isEqualTo(2));
        ChicorySandbox sandbox =
                (ChicorySandbox) new ChicoryEngine(true).load("mixed", binary).instantiate();
        sandbox.run("_start", RestoreTest.nothing());
        assertThat(sandbox.memory().readInt(0)).isEqualTo(9000 * 8999 / 2);
        assertThat(sandbox.memory().readInt(4)).isEqualTo(42);
    }

    static Stream<Path> samples() throws IOException {
        return RestoreTest.samples();
    }

    private static CompiledCode compiled(byte[] text) {
        WasmModule module = Parser.parse(new PlainAssembler().assemble("large", text));
        return EmittedClasses.compiled(module, CodePass.COMPILED);
    }

    /** Adds the numbers below a count, one after the other. */
    private static byte[] large(int count) {
        return large(count, "(result i32 i32)", "(drop) (drop)");
    }

    private static byte[] large(int count, String results, String drops) {
        return """
                (module
                  (memory (export "memory") 1)
                  %s
                  (func (export "_start") (call 0 (i32.const 0)) %s))
                """.formatted(function("", count, results, drops.replace("drop", "local.get 0")), drops)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String function(String name, int count, String results, String result) {
        String additions = IntStream.range(0, count)
                .mapToObj(i -> "(i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const " + i + ")))")
                .collect(Collectors.joining("\n"));
        return "(func %s (param i32) %s %s %s)".formatted(name, results, additions, result);
    }
}
