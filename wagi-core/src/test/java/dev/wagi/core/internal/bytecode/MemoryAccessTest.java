// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.F32;
import static dev.wagi.core.internal.bytecode.WasmBinary.F64;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.Instance;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every load and store at the edges of the memory and of its offsets, and the bulk operations. */
class MemoryAccessTest {

    private static final int PAGE = 65536;
    private static final long[] OFFSETS = {
        0, 1, 7, PAGE - 8, PAGE - 1, PAGE, 0x7ffffffeL, 0x7fffffffL, 0x80000000L, 0xffffffffL
    };
    private static final long[] ADDRESSES = {
        0,
        1,
        2,
        7,
        8,
        4093,
        PAGE - 9,
        PAGE - 8,
        PAGE - 7,
        PAGE - 5,
        PAGE - 4,
        PAGE - 3,
        PAGE - 2,
        PAGE - 1,
        PAGE,
        0x7fffffff,
        0x80000000,
        0xfffffff8,
        0xffffffff
    };

    private record Access(String name, int opcode, long offset) {}

    @Test
    void everyLoadAndStoreAtEdges() {
        WasmBinary module = new WasmBinary();
        module.memory(1, 2);
        List<Access> accesses = new ArrayList<>();
        for (int opcode = 0x28; opcode <= 0x3e; opcode++) {
            boolean load = opcode <= 0x35;
            int type = type(opcode);
            for (long offset : OFFSETS) {
                String name = Integer.toHexString(opcode) + "+" + offset;
                Bytes access = new Bytes().put(opcode, 0).unsigned(offset);
                if (load) {
                    module.exported(
                            name,
                            module.type(new int[] {I32}, type),
                            new int[0],
                            new Bytes().get(0).put(access));
                } else {
                    module.exported(
                            name,
                            module.type(new int[] {I32, type}, I32),
                            new int[0],
                            new Bytes().get(0).get(1).put(access).constant(I32, 1));
                }
                accesses.add(new Access(name, opcode, offset));
            }
        }
        // Stores of less than was masked, or of something masked otherwise.
        for (int mask : new int[] {0xff, 0xffff, 0x7f}) {
            for (int opcode : new int[] {0x3a, 0x3b}) {
                String name = "masked" + mask + "_" + opcode;
                module.exported(
                        name,
                        module.type(new int[] {I32, I32}, I32),
                        new int[0],
                        new Bytes()
                                .get(0)
                                .get(1)
                                .constant(I32, mask)
                                .put(0x71, opcode, 0, 0)
                                .constant(I32, 1));
                accesses.add(new Access(name, opcode, 0));
            }
        }
        Guests guests = new Guests(module.toByteArray());
        Instance compiled = guests.compiled();
        Instance interpreted = guests.interpreted();
        Instance passed = guests.passed();
        for (Instance each : List.of(compiled, interpreted, passed)) {
            byte[] pattern = new byte[PAGE];
            for (int i = 0; i < PAGE; i++) {
                pattern[i] = (byte) (i * 37 + (i >> 8));
            }
            each.memory().write(0, pattern);
        }
        for (Access access : accesses) {
            for (long address : ADDRESSES) {
                long value = type(access.opcode) == I32 ? (int) 0x85868788L : 0x8182838485868788L;
                long[] arguments =
                        access.opcode > 0x35 ? new long[] {(int) address, value} : new long[] {(int) address};
                String expected = "trap: out of bounds memory access";
                // Not what the engine says outside: its memory lets a store at 2^32 - 1 pass.
                if ((address & 0xffffffffL) + access.offset + width(access.opcode) <= PAGE) {
                    expected = Guests.call(compiled, access.name, arguments);
                    assertThat(Guests.call(interpreted, access.name, arguments)).isEqualTo(expected);
                }
                assertThat(Guests.call(passed, access.name, arguments))
                        .as("%s at %d", access.name, address)
                        .isEqualTo(expected);
            }
        }
        assertThat(Guests.state(passed, 0))
                .isEqualTo(Guests.state(compiled, 0))
                .isEqualTo(Guests.state(interpreted, 0));
    }

    private static int width(int opcode) {
        return switch (opcode) {
            case 0x2c, 0x2d, 0x30, 0x31, 0x3a, 0x3c -> 1;
            case 0x2e, 0x2f, 0x32, 0x33, 0x3b, 0x3d -> 2;
            case 0x28, 0x2a, 0x34, 0x35, 0x36, 0x38, 0x3e -> 4;
            default -> 8;
        };
    }

    private static int type(int opcode) {
        return switch (opcode) {
            case 0x28, 0x2c, 0x2d, 0x2e, 0x2f, 0x36, 0x3a, 0x3b -> I32;
            case 0x2a, 0x38 -> F32;
            case 0x2b, 0x39 -> F64;
            default -> I64;
        };
    }

    @Test
    void bulkOperationsAtEdges() {
        WasmBinary module = new WasmBinary();
        module.memory(1, 3);
        int three = module.type(new int[] {I32, I32, I32}, I32);
        Bytes arguments = new Bytes().get(0).get(1).get(2);
        module.exported(
                "copy",
                three,
                new int[0],
                new Bytes().put(arguments).put(0xfc, 10, 0, 0).constant(I32, 1));
        module.exported(
                "fill",
                three,
                new int[0],
                new Bytes().put(arguments).put(0xfc, 11, 0).constant(I32, 1));
        module.exported(
                "grow",
                module.type(new int[] {I32}, I32),
                new int[0],
                new Bytes().get(0).put(0x40, 0));
        module.exported("size", module.type(new int[0], I32), new int[0], new Bytes().put(0x3f, 0));
        Guests guests = new Guests(module.toByteArray());
        assertThat(bulk(guests.passed())).isEqualTo(bulk(guests.interpreted()));
    }

    private static List<Object> bulk(Instance instance) {
        List<Object> observed = new ArrayList<>();
        observed.add(Guests.call(instance, "fill", 10, 7, 100));
        observed.add(Guests.call(instance, "fill", 100, 0x1ff, 3));
        observed.add(Guests.call(instance, "copy", 15, 10, 100));
        observed.add(Guests.call(instance, "copy", 5, 10, 100));
        observed.add(Guests.call(instance, "fill", PAGE - 1, 1, 1));
        observed.add(Guests.call(instance, "fill", PAGE, 1, 0));
        observed.add(Guests.call(instance, "copy", PAGE - 4, 0, 4));
        for (int[] bad : new int[][] {
            {PAGE, 1, 1}, {PAGE - 1, 1, 2}, {1, 0, -1}, {PAGE + 1, 0, 0}, {PAGE, 0, 1}, {0, PAGE - 1, 2}
        }) {
            // Which of the two ranges is wrong depends on the operation; -1 is an address, or a size, of almost 2^32.
            observed.add(Guests.call(instance, "copy", bad[0], bad[1], bad[2]).startsWith("trap"));
        }
        observed.add(Guests.call(instance, "size"));
        observed.add(Guests.call(instance, "grow", 1));
        observed.add(Guests.call(instance, "fill", PAGE, 9, PAGE));
        observed.add(Guests.call(instance, "grow", 2));
        observed.add(Guests.call(instance, "grow", -1));
        observed.add(Guests.call(instance, "grow", 1));
        observed.add(Guests.call(instance, "size"));
        observed.addAll(Guests.state(instance, 0));
        return observed;
    }
}
