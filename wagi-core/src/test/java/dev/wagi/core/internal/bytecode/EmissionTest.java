// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import dev.wagi.core.internal.chicory.EmittedClasses;
import dev.wagi.core.internal.chicory.FlatGlobal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.util.Textifier;
import org.objectweb.asm.util.TraceMethodVisitor;

/** Functions on their way from the engine's compiler to a class. */
class EmissionTest {

    private static final int LOOP = 0x03;
    private static final int IF = 0x04;
    private static final int END = 0x0b;
    private static final int BR = 0x0c;
    private static final int CALL = 0x10;
    private static final int DROP = 0x1a;
    private static final int BLOCK = 0x02;
    private static final int BR_TABLE = 0x0e;
    private static final int ADD = 0x6a;
    private static final int SUBTRACT = 0x6b;

    static Stream<Path> modules() {
        return CodePassTest.modules();
    }

    /** So what was measured of one holds for the other. */
    @ParameterizedTest
    @MethodSource("modules")
    void emittedFunctions_ofModulesThatFit_areThoseThatThePassMakesOfFinishedClasses(Path file) {
        WasmModule module = Parser.parse(file);
        Map<String, String> rewritten = methods(
                CodePass.apply(Guests.compile(module), CodePass.COMPILED, new BitSet(), FlatGlobal.fields(module))
                        .classes());

        assertThat(methods(EmittedClasses.of(module, CodePass.COMPILED))).isEqualTo(rewritten);
    }

    /** The instructions of each method, as text. */
    private static Map<String, String> methods(Map<String, byte[]> classes) {
        Map<String, String> methods = new TreeMap<>();
        classes.values().forEach(bytes -> {
            ClassNode node = new ClassNode();
            new ClassReader(bytes).accept(node, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
            for (MethodNode method : node.methods) {
                methods.put(node.name + '.' + method.name + method.desc, instructions(method));
            }
        });
        return methods;
    }

    private static String instructions(MethodNode method) {
        Textifier text = new Textifier();
        method.accept(new TraceMethodVisitor(text));
        StringWriter written = new StringWriter();
        text.print(new PrintWriter(written));
        return written.toString();
    }

    /** A split function takes two more frames of the stack for each call. */
    @ParameterizedTest
    @CsvSource({"100, true", "4000, false"})
    void recursion_ofAFunctionOfMoreThan64KiB_returnsAndEndsInATrap(int statements, boolean isSmall) {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.global(I32, 0);
        Bytes filling = new Bytes();
        for (int i = 0; i < statements; i++) {
            filling.put(0x23, 0).constant(I32, i * 77).put(ADD, 0x24, 0);
        }
        // f(n) = n == 0 ? 0 : f(n - 1) + 1, with statements before and after
        Bytes body = filling.get(0).put(0x45, IF, EMPTY).constant(I32, 0).put(0x0f, END);
        body.get(0)
                .constant(I32, 1)
                .put(SUBTRACT, CALL)
                .unsigned(0)
                .constant(I32, 1)
                .put(ADD);
        module.exported("f", module.type(new int[] {I32}, I32), new int[0], body);
        Guests guests = new Guests(module.toByteArray());
        assertThat(isSplit(guests)).isNotEqualTo(isSmall);
        Instance instance = guests.passed();

        assertThat(Guests.call(instance, "f", 200)).isEqualTo("[200]");
        assertThat(Guests.call(instance, "f", Integer.MAX_VALUE)).isEqualTo("trap: call stack exhausted");
        assertThat(Guests.call(instance, "f", 200)).as("afterwards").isEqualTo("[200]");
    }

    /** Its arguments come in an array, and most are not used. */
    @Test
    void functionOfMoreThan64KiB_withMoreParametersThanAJavaMethodHas_isSplit() {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        int[] many = new int[300];
        Arrays.fill(many, I32);
        Bytes body = new Bytes();
        for (int i = 0; i < 6000; i++) {
            body.get(i % 2 == 0 ? 0 : 299)
                    .constant(I32, i * 1001)
                    .put(ADD)
                    .get(7)
                    .put(SUBTRACT)
                    .set(i % 2 == 0 ? 299 : 0);
        }
        Bytes call = new Bytes();
        for (int i = 0; i < many.length; i++) {
            call.get(0).constant(I32, i).put(ADD);
        }
        int function = module.function(module.type(many, I32), new int[0], body.get(0));
        module.exported(
                "f",
                module.type(new int[] {I32}, I32),
                new int[0],
                call.put(CALL).unsigned(function));
        Guests guests = new Guests(module.toByteArray());

        assertThat(isSplit(guests)).isTrue();
        assertThat(Guests.call(guests.passed(), "f", 5)).isEqualTo(Guests.call(guests.interpreted(), "f", 5));
    }

    /**
     * A jump table with so many targets that no piece with it is within HotSpot's limit, as in functions of Go, which
     * go on where they were suspended. A large piece is better than an interpreter.
     */
    @Test
    void functionOfMoreThan64KiB_whoseJumpTableIsTooLargeForHotSpot_isSplit() {
        int arms = 2000;
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.global(I32, 0);
        Bytes body = new Bytes();
        for (int i = 0; i < arms; i++) {
            body.put(BLOCK, EMPTY);
        }
        body.get(0).put(BR_TABLE).unsigned(arms - 1);
        for (int i = 0; i < arms; i++) {
            body.unsigned(i);
        }
        for (int i = 0; i < arms; i++) {
            body.put(END);
            for (int j = 0; j < 3; j++) {
                body.put(0x23, 0)
                        .constant(I32, i * 77 + j)
                        .put(SUBTRACT)
                        .get(0)
                        .put(ADD, 0x24, 0)
                        .put(0x23, 0)
                        .set(0);
            }
        }
        module.exported("f", module.type(new int[] {I32}, I32), new int[0], body.get(0));
        Guests guests = new Guests(module.toByteArray());
        Instance passed = guests.passed();
        Instance interpreted = guests.interpreted();

        assertThat(isSplit(guests)).isTrue();
        for (int argument : new int[] {0, 1, 77, arms - 1, arms, -1}) {
            assertThat(Guests.call(passed, "f", argument)).isEqualTo(Guests.call(interpreted, "f", argument));
        }
    }

    private static boolean isSplit(Guests guests) {
        return EmittedClasses.of(guests.module(), CodePass.COMPILED).values().stream()
                .anyMatch(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).contains("part_0"));
    }

    /** Work is counted for a whole module, whatever it is spent on. */
    @Test
    void spend_moreThanThereIs_endsAllWork() {
        Work work = new Work(10);
        work.spend(4);
        work.spend(6);
        assertThat(work.left()).isZero();
        assertThatThrownBy(() -> work.spend(1)).isInstanceOf(Flow.TooLarge.class);

        Work little = new Work(10);
        assertThatThrownBy(() -> little.spend(11)).isInstanceOf(Flow.TooLarge.class);
        assertThat(little.left()).as("nothing is left for others").isZero();
    }
}
