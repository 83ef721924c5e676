// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CodePassTest {

    static Stream<Path> modules() {
        Path samples = Path.of("../samples/modules");
        try (Stream<Path> files = Files.walk(samples)) {
            // The compiler takes its time with what Go makes.
            return files
                    .filter(f -> f.toString().endsWith(".wasm") && !f.toString().contains("go"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void realModulesLoadAndHaveNoMethodTooLarge(Path file) throws ClassNotFoundException {
        Map<String, byte[]> classes = Guests.compile(Parser.parse(file));
        CodePass.Result result = CodePass.apply(classes);
        assertThat(result.tooLarge()).isEmpty();
        assertThat(CodePass.unimproved(classes)).isEmpty();
        assertThat(result.classes().keySet())
                .containsExactlyInAnyOrderElementsOf(classes.keySet().stream()
                        .map(name -> name.replace('/', '.'))
                        .toList());
        new Guests.Loader(result.classes()).verify();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void realModulesLoadWhenSplitIntoSmallParts(Path file) throws ClassNotFoundException {
        CodePass.Result result = CodePass.apply(Guests.compile(Parser.parse(file)), 600);
        new Guests.Loader(result.classes()).verify();
    }

    @Test
    void sameClassesGiveTheSameCode() {
        Guests guests = new Guests(RandomProgram.of(1));
        assertThat(CodePass.unimproved(guests.classes())).isEmpty();
        Map<String, byte[]> once = CodePass.apply(guests.classes()).classes();
        Map<String, byte[]> twice = CodePass.apply(guests.classes()).classes();
        once.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(twice.get(name)));
    }

    /** Globals are read by way of the memory if there is one. */
    @ParameterizedTest
    @CsvSource({"0", "1"})
    void globalsAreTheInstancesOwn(int memories) {
        WasmBinary module = new WasmBinary();
        if (memories == 1) {
            module.memory(1, 1);
        }
        module.global(I32, 5);
        module.global(I64, -1L << 33);
        module.exported(
                "f",
                module.type(new int[] {I32}, I64),
                new int[0],
                // global 0 += argument; global 1 = global 1 + (long) global 0; (int) global 1 + global 1
                new Bytes()
                        .put(0x23, 0)
                        .get(0)
                        .put(0x6a)
                        .put(0x24, 0)
                        .put(0x23, 1)
                        .put(0x23, 0)
                        .put(0xac)
                        .put(0x7c)
                        .put(0x24, 1)
                        .put(0x23, 1)
                        .put(0xa7)
                        .put(0xac)
                        .put(0x23, 1)
                        .put(0x7c));
        Guests guests = new Guests(module.toByteArray());
        Instance expected = guests.interpreted();
        for (Instance actual : List.of(guests.passed(), guests.rewritten(CodePass.COMPILED))) {
            expected.global(0).setValue(5);
            expected.global(1).setValue(-1L << 33);
            for (int argument : new int[] {1, -9, Integer.MAX_VALUE}) {
                assertThat(Guests.call(actual, "f", argument)).isEqualTo(Guests.call(expected, "f", argument));
                assertThat(Guests.state(actual, 2)).isEqualTo(Guests.state(expected, 2));
            }
            // What the host writes, as it does when it restores an instance, the guest reads.
            actual.global(0).setValue(70);
            expected.global(0).setValue(70);
            assertThat(Guests.call(actual, "f", 2)).isEqualTo(Guests.call(expected, "f", 2));
        }
    }

    /** 100 000 additions in a row, without a branch. */
    @Test
    void aLongRunWithoutBranchesIsSplit() {
        Bytes body = new Bytes();
        for (int i = 0; i < 3000; i++) {
            body.get(0).constant(I32, i * 1001).put(0x6a).get(1).put(0x73).set(0);
        }
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.exported("f", module.type(new int[] {I32, I32}, I32), new int[0], body.get(0));
        Guests guests = new Guests(module.toByteArray());
        assertThat(CodePass.apply(guests.classes()).tooLarge()).isEmpty();
        assertThat(Guests.call(guests.passed(), "f", 1, 2)).isEqualTo(Guests.call(guests.interpreted(), "f", 1, 2));
    }

    /** An expression so deep that control never comes to a place with little on the operand stack. */
    @Test
    void whatCannotBeSplitIsReportedAndStillRuns() {
        Bytes body = new Bytes();
        int[] results = {I64, I64};
        for (int i = 0; i < 4000; i++) {
            body.get(0).constant(I32, i).put(0x6a).set(0);
        }
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.exported(
                "f",
                module.type(new int[] {I32}, results),
                new int[0],
                body.get(0).put(0xac).constant(I64, 5));
        Guests guests = new Guests(module.toByteArray());
        assertThat(CodePass.apply(guests.classes(), 2000).tooLarge())
                .singleElement()
                .satisfies(large -> assertThat(large.function()).isZero())
                .satisfies(large -> assertThat(large.size()).isGreaterThan(2000));
        assertThat(Guests.call(guests.split(2000), "f", 1)).isEqualTo(Guests.call(guests.interpreted(), "f", 1));
    }

    /** Its frame is in the heap, once for each call of a recursion, which only the stack ends. */
    @ParameterizedTest
    @CsvSource({"100, true", "200, false"})
    void whatNeedsALargeFrameIsNotSplit(int locals, boolean isSplit) {
        Bytes body = new Bytes();
        int[] types = new int[locals];
        Arrays.fill(types, I64);
        for (int i = 1; i <= locals; i++) {
            body.get(0).put(0xac).constant(I64, i * 77).put(0x7c).set(i);
        }
        for (int i = 0; i < 1000; i++) {
            body.get(0).constant(I32, i).put(0x6a).set(0);
        }
        Bytes sum = new Bytes().get(0).put(0xac);
        for (int i = 1; i <= locals; i++) {
            sum.get(i).put(0x7c);
        }
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.exported("f", module.type(new int[] {I32}, I64), types, body.put(sum));
        Guests guests = new Guests(module.toByteArray());

        assertThat(CodePass.apply(guests.classes(), 3000).tooLarge().isEmpty()).isEqualTo(isSplit);
        assertThat(Guests.call(guests.split(3000), "f", 1)).isEqualTo(Guests.call(guests.interpreted(), "f", 1));
    }

    @Test
    void moreParametersThanAJavaMethodHas() {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        int[] many = new int[300];
        Arrays.fill(many, I32);
        Bytes sum = new Bytes().constant(I32, 0);
        Bytes call = new Bytes();
        for (int i = 0; i < many.length; i++) {
            sum.get(i).constant(I32, i + 3).put(0x6c, 0x6a);
            call.get(0).constant(I32, i).put(0x6a);
        }
        int function = module.exported("many", module.type(many, I32), new int[0], sum);
        module.exported(
                "f",
                module.type(new int[] {I32}, I32),
                new int[0],
                call.put(0x10).unsigned(function));
        Guests guests = new Guests(module.toByteArray());
        String expected = Guests.call(guests.compiled(), "f", 12345);
        for (Instance instance : new Instance[] {guests.passed(), guests.split(300), guests.interpreted()}) {
            assertThat(Guests.call(instance, "f", 12345)).isEqualTo(expected);
        }
    }

    /** Unsigned comparisons and copies, hot, in loops: what the JIT of JDK 17 was seen to get wrong. */
    @Test
    void unsignedComparisonsStayRightWhenTheyAreCompiled() {
        for (int opcode : new int[] {0x49, 0x4b, 0x4d, 0x4f}) {
            // for (i = 0; i != n; i++) count += (x + i * step) <u limit, and once with the loop's own index as the
            // limit
            WasmBinary module = new WasmBinary();
            module.memory(1, 1);
            Bytes body = new Bytes().put(0x03, 0x40);
            body.get(4)
                    .get(0)
                    .get(3)
                    .get(1)
                    .put(0x6c, 0x6a)
                    .get(2)
                    .put(opcode, 0x6a)
                    .set(4);
            body.get(4)
                    .get(3)
                    .get(2)
                    .put(opcode, 0x04, I32)
                    .constant(I32, 3)
                    .put(0x05)
                    .constant(I32, 5)
                    .put(0x0b, 0x6a)
                    .set(4);
            body.get(3)
                    .constant(I32, 1)
                    .put(0x6a)
                    .tee(3)
                    .constant(I32, 3000)
                    .put(0x49, 0x0d, 0, 0x0b)
                    .get(4);
            module.exported("f", module.type(new int[] {I32, I32, I32}, I32), new int[] {I32, I32}, body);
            Instance passed = new Guests(module.toByteArray()).passed();
            for (int x : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE - 1500, -1500}) {
                for (int step : new int[] {1, -1, 0x10000, 0x7fffffff}) {
                    for (int limit : new int[] {0, 1, 1500, -1, -1500, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                        int count = 0;
                        for (int i = 0; i < 3000; i++) {
                            count += compare(opcode, x + i * step, limit) ? 1 : 0;
                            count += compare(opcode, i, limit) ? 3 : 5;
                        }
                        for (int again = 0; again < 4; again++) {
                            assertThat(Guests.call(passed, "f", x, step, limit)).isEqualTo("[" + count + "]");
                        }
                    }
                }
            }
        }
    }

    private static boolean compare(int opcode, int a, int b) {
        long left = a & 0xffffffffL;
        long right = b & 0xffffffffL;
        return switch (opcode) {
            case 0x49 -> left < right;
            case 0x4b -> left > right;
            case 0x4d -> left <= right;
            default -> left >= right;
        };
    }
}
