// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a trap says about where the guest was. */
class BacktraceTest {

    /** Two thousand additions: the function is split with a small limit. */
    private static final String WORK = "(global.set $g (i32.add (global.get $g) (i32.const 3)))".repeat(2000);

    private static final String NO_NAMES = " (no names: build the module unstripped, wasm-opt with -g)";

    private static final byte[] MODULE = binary("""
            (module
              (memory 1)
              (global $g (mut i32) (i32.const 0))
              (func $deep (param i32) (result i32) (i32.div_u (i32.const 1) (i32.sub (local.get 0) (i32.const 5))))
              (func $middle (result i32) WORK (call $deep (i32.const 5)))
              (func $rest (param i32) (if (local.get 0) (then (call $rest (i32.sub (local.get 0) (i32.const 1))))
                                                        (else (drop (call $middle)))))
              (func (export "_start") (call $rest (i32.const 2)))
              (func $endless (export "endless") (call $endless)))
            """.replace("WORK", WORK));

    private static Stream<ChicoryEngine> engines() {
        return Stream.of(
                new ChicoryEngine(true),
                new ChicoryEngine(new ModuleCompiler(null, PatchedCompiler::shared, 500), GuestHeap.SHARED),
                new ChicoryEngine(false));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void trap_namesTheFunctions_innermostFirst(ChicoryEngine engine) {
        Map<Integer, String> names = new TreeMap<>(Map.of(0, "deep", 1, "middle", 2, "re\nst", 3, "_start"));

        assertThat(trap(engine, withNames(MODULE, names), "_start").description())
                .endsWith(", at deep (func[0]), middle (func[1]), re\\nst (func[2]), re\\nst (func[2]), re\\nst"
                        + " (func[2]),"
                        + " _start (func[3])")
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void trap_moduleWithoutNames_hasIndices(ChicoryEngine engine) {
        assertThat(trap(engine, MODULE, "_start").description())
                .endsWith(", at func[0], func[1], func[2], func[2], func[2], func[3]" + NO_NAMES);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void trap_endOfTheStack_namesSomeFunctions(ChicoryEngine engine) {
        assertThat(trap(engine, MODULE, "endless").description())
                .startsWith("call stack exhausted")
                .endsWith(", at " + "func[4], ".repeat(16) + "..." + NO_NAMES);
    }

    /** An instance is used again after a trap: the next one has nothing of the last. */
    @ParameterizedTest
    @MethodSource("engines")
    void trap_afterAnother_isItsOwn(ChicoryEngine engine) {
        ChicorySandbox sandbox = (ChicorySandbox) engine.load("traps", MODULE).instantiate();

        assertThatThrownBy(() -> sandbox.run("endless", RestoreTest.nothing())).isInstanceOf(GuestTrapException.class);
        assertThat(catchThrowableOfType(GuestTrapException.class, () -> sandbox.run("_start", RestoreTest.nothing()))
                        .description())
                .endsWith(", at func[0], func[1], func[2], func[2], func[2], func[3]" + NO_NAMES);
    }

    @Test
    void names_longOne_isCut() {
        byte[] named = withNames(MODULE, Map.of(7, "x".repeat(5000)));

        assertThat(FunctionNames.of(named).of(Set.of(7))).isEqualTo(Map.of(7, "x".repeat(120) + "..."));
    }

    /** Custom sections are not validated, whatever a module has there. */
    @Test
    void names_sectionIsCutOrChanged_givesNoneOrOthers() {
        byte[] named = withNames(MODULE, Map.of(0, "deep", 1, "middle"));
        for (int end = 8; end < named.length; end++) {
            assertThat(FunctionNames.of(Arrays.copyOf(named, end)).of(Set.of(0, 1)))
                    .hasSizeLessThanOrEqualTo(2);
        }
        for (int i = MODULE.length; i < named.length; i++) {
            for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff}) {
                byte[] changed = named.clone();
                changed[i] = (byte) value;
                assertThat(FunctionNames.of(changed).of(Set.of(0, 1))).hasSizeLessThanOrEqualTo(2);
            }
        }
    }

    private static GuestTrapException trap(ChicoryEngine engine, byte[] module, String entrypoint) {
        ChicorySandbox sandbox = (ChicorySandbox) engine.load("traps", module).instantiate();
        return catchThrowableOfType(GuestTrapException.class, () -> sandbox.run(entrypoint, RestoreTest.nothing()));
    }

    private static byte[] binary(String text) {
        return ModuleFormat.toBinary(
                "traps", text.getBytes(StandardCharsets.UTF_8), t -> new PlainAssembler().assemble("traps", t));
    }

    /** A module with a name section at its end. */
    private static byte[] withNames(byte[] module, Map<Integer, String> names) {
        ByteArrayOutputStream map = new ByteArrayOutputStream();
        number(map, names.size());
        new TreeMap<>(names).forEach((function, name) -> {
            number(map, function);
            bytes(map, name.getBytes(StandardCharsets.UTF_8));
        });
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        bytes(section, "name".getBytes(StandardCharsets.UTF_8));
        section.write(0); // the module's own name
        bytes(section, new byte[] {1, 'm'});
        section.write(1);
        bytes(section, map.toByteArray());
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(module);
        whole.write(0);
        bytes(whole, section.toByteArray());
        return whole.toByteArray();
    }

    private static void bytes(ByteArrayOutputStream out, byte[] bytes) {
        number(out, bytes.length);
        out.writeBytes(bytes);
    }

    /** LEB128. */
    private static void number(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
