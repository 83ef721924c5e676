// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.wasm.MalformedException;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is not supported is refused by name, whichever engine runs the rest. */
class ProposalsTest {

    private static final HexFormat HEX = HexFormat.of();

    /** Instructions that are let through, as ranges of their first byte, or of the number behind 0xfc. */
    private static final int[][] SUPPORTED = {
        {0x00, 0x05},
        {0x08, 0x08},
        {0x0a, 0x11},
        {0x14, 0x14},
        {0x1a, 0x1c},
        {0x1f, 0x26},
        {0x28, 0xc4},
        {0xd0, 0xd2},
        {0xd4, 0xd6}
    };

    private static final int LAST_MISCELLANEOUS = 17;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    LEGACY_EXCEPTIONS | 06 40 0b          | instruction 0x6 at byte 23
                    LEGACY_EXCEPTIONS | 07 00             | instruction 0x7 at byte 23
                    LEGACY_EXCEPTIONS | 09 00             | instruction 0x9 at byte 23
                    LEGACY_EXCEPTIONS | 18 00             | instruction 0x18 at byte 23
                    LEGACY_EXCEPTIONS | 19                | instruction 0x19 at byte 23
                    TAIL_CALLS        | 12 00             | instruction 0x12 at byte 23
                    TAIL_CALLS        | 13 00 00          | instruction 0x13 at byte 23
                    TAIL_CALLS        | 15 00             | instruction 0x15 at byte 23
                    GC                | 41 01 fb 1c 1a    | instruction 0xfb 0x1c at byte 25
                    GC                | d3                | instruction 0xd3 at byte 23
                    GC                | d0 6e 1a          | type 0x6e at byte 24
                    GC                | d0 6c 1a          | type 0x6c at byte 24
                    GC                | d0 71 1a          | type 0x71 at byte 24
                    GC                | 02 6d             | type 0x6d at byte 24
                    GC                | 1c 01 6b          | type 0x6b at byte 25
                    GC                | 02 63 6a          | type 0x6a at byte 25
                    STRINGS           | fb 80 01          | instruction 0xfb 0x80 at byte 23
                    THREADS           | fe 03 00          | instruction 0xfe 0x3 at byte 23
                    THREADS           | fe 10 02 00       | instruction 0xfe 0x10 at byte 23
                    SIMD              | fd 0f             | instruction 0xfd 0xf at byte 23
                    SIMD              | 02 7b             | type 0x7b at byte 24
                    RELAXED_SIMD      | fd 80 02          | instruction 0xfd 0x100 at byte 23
                    MULTI_MEMORY      | 41 00 28 42 01 00 | a memory access at byte 26
                    MULTI_MEMORY      | 3f 01             | a memory instruction at byte 24
                    MULTI_MEMORY      | fc 0a 00 01       | a memory instruction at byte 26
                    MULTI_MEMORY      | fc 0b 01          | a memory instruction at byte 25
                    MULTI_MEMORY      | fc 08 00 01       | a memory instruction at byte 26
                    MEMORY64          | 41 00 28 02 80 80 80 80 80 01 | an offset at byte 26
                    WIDE_ARITHMETIC   | fc 13             | instruction 0xfc 0x13 at byte 23
                    MEMORY_CONTROL    | fc 12             | instruction 0xfc 0x12 at byte 23
                    STACK_SWITCHING   | e0 00             | instruction 0xe0 at byte 23
                    """)
    void load_instructionOfAProposal_isRefusedByName(Proposal proposal, String code, String what) {
        refused(withCode(bytes(code)), proposal, what);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GC              | 01 | 5f 00                | a type at byte 11
                    GC              | 01 | 5e 7f 01             | a type at byte 11
                    GC              | 01 | 4e 01 60 00 00       | a type at byte 11
                    GC              | 01 | 50 00 60 00 00       | a type at byte 11
                    STACK_SWITCHING | 01 | 5d 00                | a type at byte 11
                    SIMD            | 01 | 60 01 7b 00          | type 0x7b at byte 13
                    GC              | 01 | 60 00 01 6e          | type 0x6e at byte 14
                    GC              | 01 | 60 01 64 6c 00       | type 0x6c at byte 14
                    THREADS         | 02 | 01 61 01 62 02 03 01 01 | a shared memory at byte 16
                    MEMORY64        | 02 | 01 61 01 62 02 04 01 | limits at byte 16
                    GC              | 02 | 01 61 01 62 03 6e 00 | type 0x6e at byte 16
                    MEMORY64        | 04 | 70 04 01             | limits at byte 12
                    GC              | 04 | 6c 00 01             | type 0x6c at byte 11
                    GC              | 04 | 40 00 70 00 01 41 01 fb 1c 0b | instruction 0xfb 0x1c at byte 18
                    THREADS         | 05 | 03 01 01             | a shared memory at byte 11
                    MEMORY64        | 05 | 04 01                | limits at byte 11
                    PAGE_SIZES      | 05 | 08 01 00             | limits at byte 11
                    GC              | 06 | 6c 00 41 01 fb 1c 0b | type 0x6c at byte 11
                    GC              | 06 | 70 00 41 01 fb 1c 0b | instruction 0xfb 0x1c at byte 15
                    SIMD            | 06 | 7b 00                | type 0x7b at byte 11
                    SIMD            | 06 | 7f 00 fd 0c          | instruction 0xfd 0xc at byte 13
                    GC              | 09 | 00 41 00 fb 1c 0b 00 | instruction 0xfb 0x1c at byte 14
                    GC              | 09 | 05 6c 00             | type 0x6c at byte 12
                    GC              | 09 | 05 70 01 41 00 fb 1c 0b | instruction 0xfb 0x1c at byte 16
                    MULTI_MEMORY    | 0b | 02 01 41 00 0b 00    | a data segment at byte 12
                    GC              | 0b | 00 41 00 fb 1c 0b 00 | instruction 0xfb 0x1c at byte 14
                    """)
    void load_sectionOfAProposal_isRefusedByName(Proposal proposal, String section, String entry, String what) {
        refused(module(section(Integer.parseInt(section, 16), 1, bytes(entry))), proposal, what);
    }

    @Test
    void load_twoMemories_areRefusedByName() {
        refused(module(section(5, 2, bytes("00 01 00 01"))), Proposal.MULTI_MEMORY, "a second memory at byte 13");
        refused(
                module(section(2, 1, bytes("01 61 01 62 02 00 01")), section(5, 1, bytes("00 01"))),
                Proposal.MULTI_MEMORY,
                "a second memory at byte 21");
    }

    @Test
    void check_everyOpcode_isOnTheListOrRefused() {
        List<String> wrong = new ArrayList<>();
        for (int opcode = 0; opcode <= 0xff; opcode++) {
            if (opcode < 0xfb || opcode == 0xff) {
                expect(isSupported(opcode), wrong, opcode);
                continue;
            }
            for (int second = 0; second < 0x200; second++) {
                expect(
                        opcode == 0xfc && second <= LAST_MISCELLANEOUS,
                        wrong,
                        opcode,
                        second & 0x7f | 0x80,
                        second >> 7);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void expect(boolean supported, List<String> wrong, int... opcode) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (int octet : opcode) {
            code.write(octet);
        }
        // Operands of any form: no table of labels, a block without results, the first memory.
        code.writeBytes(new byte[8]);
        boolean accepted;
        try {
            ModuleCheck.check(
                    "x",
                    module(
                            section(1, 1, bytes("60 00 00")),
                            section(3, 1, bytes("00")),
                            section(7, 1, bytes("01 66 00 00")),
                            section(10, 1, body(code.toByteArray()))));
            accepted = true;
        } catch (MalformedException | ModuleLoadException e) {
            accepted = false;
        }
        if (accepted != supported) {
            wrong.add(HEX.formatHex(code.toByteArray()) + (accepted ? " is accepted" : " is refused"));
        }
    }

    private static boolean isSupported(int opcode) {
        for (int[] range : SUPPORTED) {
            if (opcode >= range[0] && opcode <= range[1]) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    several values              | (func (result i32 i32) i32.const 1 i32.const 2) (func (export "_start"))
                    external references         | (func (param externref)) (func (export "_start"))
                    bulk memory                 | (memory 1) (func (export "_start") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
                    saturating conversions      | (func (export "_start") (drop (i32.trunc_sat_f32_s (f32.const 1))))
                    several tables              | (table 1 funcref) (table 1 funcref) (func (export "_start") (drop (table.size 1)))
                    """)
    void load_whatIsSupported_isLoaded(String what, String text) {
        byte[] module = ("(module " + text + ")").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (boolean compile : new boolean[] {true, false}) {
            assertThatCode(() -> new ChicoryEngine(compile).load("x", module, ModuleDigest.of(module)))
                    .as(what)
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @CsvSource({"41 00 1a", "02 40 0b", "1f 40 00 0b", "d2 00 1a", "d0 70 1a"})
    void load_newerInstructionThatIsSupported_isLoaded(String code) {
        byte[] declared = section(9, 1, bytes("03 00 01 00"));
        byte[] extended = section(6, 1, bytes("7f 00 41 01 41 02 6a 0b"));
        byte[] module = module(
                section(1, 1, bytes("60 00 00")),
                section(3, 1, bytes("00")),
                extended,
                declared,
                section(10, 1, body(bytes(code))));
        for (boolean compile : new boolean[] {true, false}) {
            assertThatCode(() -> new ChicoryEngine(compile).load("x", module, ModuleDigest.of(module)))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyProposal_isInTheDocumentation(Proposal proposal) throws IOException {
        Path page = Path.of(System.getProperty("wagi.root", "..")).resolve("docs/errors.md");
        assertThat(Files.readString(page)).contains("| " + proposal.title() + " |");
    }

    private static void refused(byte[] module, Proposal proposal, String what) {
        for (boolean compile : new boolean[] {true, false}) {
            assertThatThrownBy(() -> new ChicoryEngine(compile).load("x.wasm", module, ModuleDigest.of(module)))
                    .isInstanceOf(ModuleLoadException.class)
                    .hasMessage("x.wasm uses " + proposal.title() + " (" + what + "), which is not supported; "
                            + proposal.remedy());
        }
    }

    /** A module with one function, whose body begins with some code. */
    private static byte[] withCode(byte[] code) {
        return module(section(1, 1, bytes("60 00 00")), section(3, 1, bytes("00")), section(10, 1, body(code)));
    }

    private static byte[] body(byte[] code) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(code.length + 2);
        body.write(0); // no locals
        body.writeBytes(code);
        body.write(0x0b);
        return body.toByteArray();
    }

    private static byte[] module(byte[]... sections) {
        ByteArrayOutputStream module = new ByteArrayOutputStream();
        module.writeBytes(bytes("00 61 73 6d 01 00 00 00"));
        for (byte[] section : sections) {
            module.writeBytes(section);
        }
        return module.toByteArray();
    }

    private static byte[] section(int id, int entries, byte[] content) {
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        section.write(id);
        section.write(content.length + 1);
        section.write(entries);
        section.writeBytes(content);
        return section.toByteArray();
    }

    private static byte[] bytes(String hex) {
        return HEX.parseHex(hex.replace(" ", ""));
    }
}
