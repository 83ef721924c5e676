// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.bytecode.CompilerPatch;
import dev.wagi.core.internal.bytecode.WasmBinary;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The engine's compiler with our hooks: that it is there, what it does with functions that it fails on, and without it.
 */
class PatchedCompilerTest {

    /** A new version of the engine may be another one: look at {@link CompilerPatch} then. */
    @Test
    void shared_withThisVersionOfTheEngine_isThere() {
        assertThat(PatchedCompiler.shared()).isNotNull();
    }

    @Test
    void load_anotherClassThanWeKnow_isRefused() {
        assertThatThrownBy(() -> PatchedCompiler.load(Instance.class, "Instance"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("writes 0 classes, names 0 and emits methods in 0 places");
        assertThatThrownBy(() -> PatchedCompiler.load(Compiler.class, "NotThere"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("NotThere");
    }

    @Test
    void apply_compilerThatIsPatchedAlready_isRefused() throws IOException {
        try (InputStream in = Objects.requireNonNull(Compiler.class.getResourceAsStream("Compiler.class"))) {
            byte[] patched = CompilerPatch.apply(in.readAllBytes());

            assertThatThrownBy(() -> CompilerPatch.apply(patched)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static final int BLOCK = 0x02;
    private static final int IF = 0x04;
    private static final int ELSE = 0x05;
    private static final int END = 0x0b;
    private static final int BR = 0x0c;
    private static final int ADD = 0x6a;
    private static final int WRAP = 0xa7;
    private static final int TRY_TABLE = 0x1f;
    private static final int NOP = 0x01;
    private static final int CATCH_ALL = 2;

    /** From i32 to i32, the second type of {@link #module}. */
    private static final int THROUGH = 1;

    /** Functions that return 3. */
    static Stream<Arguments> odd() {
        return Stream.of(
                Arguments.of(
                        "a block with parameters that is left by a branch",
                        0,
                        code().constant(I32, 1).constant(I32, 2).put(BLOCK, THROUGH, BR, 0, END, ADD)),
                Arguments.of(
                        "an if with parameters that is left by branches",
                        0,
                        code().constant(I32, 1)
                                .constant(I32, 2)
                                .constant(I32, 1)
                                .put(IF, THROUGH, BR, 0, ELSE, BR, 0, END, ADD)),
                Arguments.of(
                        "a branch to the end of the function, right behind that of a block",
                        0,
                        code().constant(I32, 3).put(BLOCK, THROUGH, BR, 1, END)),
                Arguments.of(
                        "a try_table around nothing",
                        0,
                        code().put(TRY_TABLE, EMPTY, 0, NOP, END).constant(I32, 3)),
                Arguments.of(
                        "a try_table around nothing, with a handler",
                        0,
                        code().put(BLOCK, EMPTY, TRY_TABLE, EMPTY, 1, CATCH_ALL, 0, NOP, END, END)
                                .constant(I32, 3)),
                Arguments.of(
                        "a local that has the slot of another one in 16 bits",
                        40_000,
                        code().constant(I64, 3)
                                .set(0)
                                .constant(I64, 7)
                                .set(1 << 15)
                                .get(0)
                                .put(WRAP)));
    }

    private static Bytes code() {
        return new Bytes();
    }

    /**
     * The module is valid: it runs, if need be with this function interpreted, or all of it where there is no patch.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("odd")
    void compile_functionThatTheEnginesCompilerFailsOn_runsAllTheSame(String what, int locals, Bytes code)
            throws IOException {
        byte[] binary = module(locals, code);
        for (ChicoryEngine engine : new ChicoryEngine[] {
            new ChicoryEngine(true),
            new ChicoryEngine(new ModuleCompiler(null, () -> null, CodePass.COMPILED), GuestHeap.SHARED),
            new ChicoryEngine(false)
        }) {
            ChicorySandbox sandbox = (ChicorySandbox) engine.load("odd", binary).instantiate();

            assertThat(sandbox.run("_start", RestoreTest.nothing())).isZero();
        }
    }

    /** The other function of the module is compiled. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("odd")
    void compile_functionThatTheEnginesCompilerFailsOn_isTheOnlyOneThatIsInterpreted(
            String what, int locals, Bytes code) {
        CompiledCode compiled = EmittedClasses.compiled(Parser.parse(module(locals, code)), CodePass.COMPILED);

        assertThat(compiled.interpreted()).isEmpty();
        assertThat(compiled.failed()).isSubsetOf("function 0");
    }

    private static byte[] module(int count, Bytes odd) {
        WasmBinary module = new WasmBinary();
        int start = module.type(new int[0]);
        assertThat(module.type(new int[] {I32}, I32)).isEqualTo(THROUGH);
        int[] locals = new int[count];
        Arrays.fill(locals, I64);
        int function = module.function(module.type(new int[0], I32), locals, odd);
        // if (f() != 3) unreachable
        Bytes body = code().put(0x10).unsigned(function).constant(I32, 3).put(0x47, IF, EMPTY, 0x00, END);
        module.memory(1, 1);
        module.exported("_start", start, new int[0], body);
        return module.toByteArray();
    }
}
