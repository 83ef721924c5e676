// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the specification allows is loaded, and what it wants to trap traps, where the engine has it otherwise. */
class ValidModulesTest {

    /** A function that refers to itself, with different sections before the code. */
    private static final String TYPE_AND_FUNCTION = "01 04 01 60 00 00  03 02 01 00";

    private static final String CODE_THAT_REFERS_TO_ITSELF = "0a 07 01 05 00 d2 00 1a 0b";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    an export          | 07 05 01 01 66 00 00
                    an active segment  | 04 04 01 70 00 01  09 07 01 00 41 00 0b 01 00
                    a passive segment  | 09 05 01 01 00 01 00
                    expressions        | 09 07 01 05 70 01 d2 00 0b
                    a declaration      | 09 05 01 03 00 01 00
                    a global           | 06 06 01 70 00 d2 00 0b
                    a table            | 04 09 01 40 00 70 00 01 d2 00 0b
                    """)
    void load_functionThatRefersToItself_isDeclaredByWhateverNamesIt(String what, String sections) {
        byte[] module = module(TYPE_AND_FUNCTION, sections, "0c 01 00", CODE_THAT_REFERS_TO_ITSELF);
        for (boolean compile : new boolean[] {true, false}) {
            assertThatCode(() -> new ChicoryEngine(compile).load("x", module))
                    .as(what)
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    itself | 01 04 01 60 00 00  03 02 01 00 | 0a 07 01 05 00 d2 00 1a 0b
                    others | 01 04 01 60 00 00  03 03 02 00 00 07 05 01 01 66 00 00 | 0a 0a 02 05 00 d2 01 1a 0b 02 00 0b
                    """)
    void load_functionThatNothingNames_isNotReferredTo(String what, String sections, String code) {
        byte[] module = module(sections, code);
        for (boolean compile : new boolean[] {true, false}) {
            assertThatThrownBy(() -> new ChicoryEngine(compile).load("x", module))
                    .as(what)
                    .isInstanceOf(ModuleLoadException.class)
                    .hasMessageContaining("undeclared function reference");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    4  | $f       | false
                    5  |          | false
                    0  | $f $f $f $f $f | false
                    0  | $f $f $f $f $f $f | true
                    5  | $f       | true
                    6  |          | true
                    -1 |          | true
                    -1 | $f       | true
                    2147483647 | $f $f | true
                    -2147483648 |      | true
                    """)
    void instantiate_activeSegmentOutsideOfItsTable_traps(int offset, String functions, boolean traps) {
        byte[] text = "(module (table 5 funcref) (func $f) (elem (i32.const %d) %s))"
                .formatted(offset, functions == null ? "" : functions)
                .getBytes(StandardCharsets.US_ASCII);
        for (boolean compile : new boolean[] {true, false}) {
            if (traps) {
                assertThatThrownBy(() -> new ChicoryEngine(compile).load("x", text))
                        .isInstanceOf(ModuleLoadException.class)
                        .hasMessageContaining("cannot be instantiated: out of bounds table access");
            } else {
                assertThatCode(() -> new ChicoryEngine(compile).load("x", text)).doesNotThrowAnyException();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    -1 | | true
                    0  | | false
                    65536 | | false
                    65537 | | true
                    65535 | a | false
                    65536 | a | true
                    -1 | a | true
                    -2147483648 | | true
                    """)
    void instantiate_activeSegmentOutsideOfTheMemory_traps(int offset, String bytes, boolean traps) {
        byte[] text = "(module (memory 1) (data (i32.const %d) \"%s\"))"
                .formatted(offset, bytes == null ? "" : bytes)
                .getBytes(StandardCharsets.US_ASCII);
        for (boolean compile : new boolean[] {true, false}) {
            if (traps) {
                assertThatThrownBy(() -> new ChicoryEngine(compile).load("x", text))
                        .isInstanceOf(ModuleLoadException.class)
                        .hasMessageContaining("cannot be instantiated: out of bounds memory access");
            } else {
                assertThatCode(() -> new ChicoryEngine(compile).load("x", text)).doesNotThrowAnyException();
            }
        }
    }

    /**
     * Each instruction on ranges: whether it traps with these operands. Table and memory are as large as each other.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    table.fill $t (A) (ref.null func) (B)  | 0 | 5 | false
                    table.fill $t (A) (ref.null func) (B)  | 5 | 0 | false
                    table.fill $t (A) (ref.null func) (B)  | 6 | 0 | true
                    table.fill $t (A) (ref.null func) (B)  | -1 | 0 | true
                    table.fill $t (A) (ref.null func) (B)  | -1 | 1 | true
                    table.fill $t (A) (ref.null func) (B)  | 2147483647 | 1 | true
                    table.fill $t (A) (ref.null func) (B)  | 2147483647 | 2147483647 | true
                    table.fill $t (A) (ref.null func) (B)  | 0 | -1 | true
                    table.copy $t $t (i32.const 0) (A) (B) | 5 | 0 | false
                    table.copy $t $t (i32.const 0) (A) (B) | 6 | 0 | true
                    table.copy $t $t (i32.const 0) (A) (B) | -1 | 0 | true
                    table.copy $t $t (i32.const 0) (A) (B) | 2147483647 | 1 | true
                    table.copy $t $t (A) (i32.const 0) (B) | -1 | 0 | true
                    table.copy $t $t (A) (i32.const 0) (B) | 6 | 0 | true
                    table.copy $t $t (A) (i32.const 0) (B) | 2147483647 | 2147483647 | true
                    table.copy $u $t (A) (i32.const 0) (B) | 95 | 5 | false
                    table.copy $u $t (A) (i32.const 0) (B) | 96 | 5 | true
                    table.copy $t $u (i32.const 0) (A) (B) | 95 | 5 | false
                    table.init $t $s (i32.const 0) (A) (B) | 0 | 2 | false
                    table.init $t $s (i32.const 0) (A) (B) | 2 | 0 | false
                    table.init $t $s (i32.const 0) (A) (B) | 3 | 0 | true
                    table.init $t $s (i32.const 0) (A) (B) | -1 | 0 | true
                    table.init $t $s (i32.const 0) (A) (B) | 2147483647 | 1 | true
                    table.init $t $s (A) (i32.const 0) (B) | 5 | 0 | false
                    table.init $t $s (A) (i32.const 0) (B) | -1 | 0 | true
                    table.init $t $s (A) (i32.const 0) (B) | 6 | 0 | true
                    table.init $t $s (A) (i32.const 0) (B) | 2147483647 | 1 | true
                    table.init $t $a (i32.const 0) (A) (B) | 0 | 0 | false
                    table.init $t $a (i32.const 0) (A) (B) | 0 | 1 | true
                    memory.fill (A) (i32.const 1) (B)      | 65536 | 0 | false
                    memory.fill (A) (i32.const 1) (B)      | 65537 | 0 | true
                    memory.fill (A) (i32.const 1) (B)      | -1 | 0 | true
                    memory.fill (A) (i32.const 1) (B)      | 2147483647 | 2147483647 | true
                    memory.copy (A) (i32.const 0) (B)      | 65537 | 0 | true
                    memory.copy (i32.const 0) (A) (B)      | -1 | 0 | true
                    memory.copy (i32.const 0) (A) (B)      | 2147483647 | 2147483647 | true
                    memory.init $d (i32.const 0) (A) (B)   | 3 | 0 | false
                    memory.init $d (i32.const 0) (A) (B)   | 4 | 0 | true
                    memory.init $d (i32.const 0) (A) (B)   | -1 | 0 | true
                    memory.init $d (i32.const 0) (A) (B)   | 2147483647 | 1 | true
                    memory.init $d (A) (i32.const 0) (B)   | -1 | 0 | true
                    memory.init $b (i32.const 0) (A) (B)   | 0 | 1 | true
                    memory.init $b (i32.const 0) (A) (B)   | 0 | 0 | false
                    """)
    void run_instructionOnARange_trapsIfItIsOutside(String instruction, int a, int b, boolean traps)
            throws IOException {
        String text = """
                (module
                  (memory 1)
                  (table $t 5 funcref)
                  (table $u 100 funcref)
                  (func $f)
                  (elem $a (i32.const 0) $f)
                  (elem $s func $f $f)
                  (data $b (i32.const 0) "abc")
                  (data $d "abc")
                  (func (export "_start") (%s)))
                """.formatted(instruction.replace("A", "i32.const " + a).replace("B", "i32.const " + b));
        for (boolean compile : new boolean[] {true, false}) {
            ChicoryModule module =
                    (ChicoryModule) new ChicoryEngine(compile).load("x", text.getBytes(StandardCharsets.US_ASCII));
            if (traps) {
                assertThatThrownBy(() -> module.instantiate().run("_start", SILENT))
                        .isInstanceOf(GuestTrapException.class);
            } else {
                assertThat(module.instantiate().run("_start", SILENT)).isZero();
            }
        }
    }

    private static byte[] module(String... sections) {
        return HexFormat.of()
                .parseHex("0061736d01000000" + String.join("", sections).replace(" ", ""));
    }

    private static final GuestIo SILENT = new QuietGuestIo();
}
