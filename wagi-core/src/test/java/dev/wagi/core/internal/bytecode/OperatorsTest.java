// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.F32;
import static dev.wagi.core.internal.bytecode.WasmBinary.F64;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.ValType;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every operator on numbers, on edge operands: as a value, and as the condition of every kind of branch. */
class OperatorsTest {

    private static final long[] INTS = {
        0,
        1,
        -1,
        2,
        7,
        31,
        32,
        33,
        63,
        64,
        127,
        128,
        255,
        256,
        -128,
        -129,
        32767,
        32768,
        65535,
        65536,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        0x123456789abcdef0L,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final double[] FLOATS = {
        0.0,
        -0.0,
        1,
        -1,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.1,
        1e10,
        -1e10,
        2147483647.0,
        2147483648.0,
        -2147483648.0,
        -2147483649.0,
        4294967295.0,
        4294967296.0,
        9223372036854775807.0,
        -9223372036854775808.0,
        18446744073709551616.0,
        1e300,
        Double.MIN_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };

    /** Opcodes from {@code first} to {@code last} with the same operands and result. */
    private record Operators(int first, int last, int result, int... operands) {}

    private static final List<Operators> OPERATORS = List.of(
            new Operators(0x45, 0x45, I32, I32),
            new Operators(0x46, 0x4f, I32, I32, I32),
            new Operators(0x50, 0x50, I32, I64),
            new Operators(0x51, 0x5a, I32, I64, I64),
            new Operators(0x5b, 0x60, I32, F32, F32),
            new Operators(0x61, 0x66, I32, F64, F64),
            new Operators(0x67, 0x69, I32, I32),
            new Operators(0x6a, 0x78, I32, I32, I32),
            new Operators(0x79, 0x7b, I64, I64),
            new Operators(0x7c, 0x8a, I64, I64, I64),
            new Operators(0x8b, 0x91, F32, F32),
            new Operators(0x92, 0x98, F32, F32, F32),
            new Operators(0x99, 0x9f, F64, F64),
            new Operators(0xa0, 0xa6, F64, F64, F64),
            new Operators(0xa7, 0xa7, I32, I64),
            new Operators(0xa8, 0xa9, I32, F32),
            new Operators(0xaa, 0xab, I32, F64),
            new Operators(0xac, 0xad, I64, I32),
            new Operators(0xae, 0xaf, I64, F32),
            new Operators(0xb0, 0xb1, I64, F64),
            new Operators(0xb2, 0xb3, F32, I32),
            new Operators(0xb4, 0xb5, F32, I64),
            new Operators(0xb6, 0xb6, F32, F64),
            new Operators(0xb7, 0xb8, F64, I32),
            new Operators(0xb9, 0xba, F64, I64),
            new Operators(0xbb, 0xbb, F64, F32),
            new Operators(0xbc, 0xbc, I32, F32),
            new Operators(0xbd, 0xbd, I64, F64),
            new Operators(0xbe, 0xbe, F32, I32),
            new Operators(0xbf, 0xbf, F64, I64),
            new Operators(0xc0, 0xc1, I32, I32),
            new Operators(0xc2, 0xc4, I64, I64),
            new Operators(0xfc00, 0xfc01, I32, F32),
            new Operators(0xfc02, 0xfc03, I32, F64),
            new Operators(0xfc04, 0xfc05, I64, F32),
            new Operators(0xfc06, 0xfc07, I64, F64));

    private final WasmBinary module = new WasmBinary();
    private final List<String> names = new ArrayList<>();
    private final List<int[]> operands = new ArrayList<>();
    private final List<Integer> results = new ArrayList<>();

    @Test
    void everyOperatorOnEdgeOperands() {
        for (Operators some : OPERATORS) {
            for (int opcode = some.first; opcode <= some.last; opcode++) {
                add(some, opcode);
            }
        }
        Guests guests = new Guests(module.toByteArray());
        Instance interpreted = guests.interpreted();
        Instance compiled = guests.compiled();
        Instance passed = guests.passed();
        Instance split = guests.split(10);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            int result = results.get(i);
            List<ValType> types = compiled.exportType(name).returns();
            ExportFunction inEngine = compiled.export(name);
            ExportFunction inPass = passed.export(name);
            ExportFunction inParts = split.export(name);
            ExportFunction inInterpreter = interpreted.export(name);
            for (long[] arguments : arguments(operands.get(i))) {
                String expected = canonical(Guests.call(inEngine, types, arguments), result);
                assertThat(canonical(Guests.call(inPass, types, arguments), result))
                        .as("%s%s", name, Arrays.toString(arguments))
                        .isEqualTo(expected)
                        .isEqualTo(canonical(Guests.call(inParts, types, arguments), result));
                if (name.startsWith("plain")) {
                    assertThat(canonical(Guests.call(inInterpreter, types, arguments), result))
                            .as("interpreted %s%s", name, Arrays.toString(arguments))
                            .isEqualTo(expected);
                }
            }
        }
    }

    private void add(Operators some, int opcode) {
        Bytes plain = new Bytes();
        for (int i = 0; i < some.operands.length; i++) {
            plain.get(i);
        }
        int[] bytes = opcode > 0xff ? new int[] {opcode >> 8, opcode & 0xff} : new int[] {opcode};
        plain.put(bytes);
        export("plain" + Integer.toHexString(opcode), some, some.result, plain);
        if (some.operands.length == 2) {
            for (long edge : new long[] {0, 1, -1}) {
                long bits = bits(some.operands[1], edge);
                export(
                        "constant" + edge + "_" + Integer.toHexString(opcode),
                        some,
                        some.result,
                        new Bytes().get(0).constant(some.operands[1], bits).put(bytes));
                if (some.result == I32) {
                    Bytes condition =
                            new Bytes().get(0).constant(some.operands[1], bits).put(bytes);
                    export("constantIf" + edge + "_" + Integer.toHexString(opcode), some, I32, choose(condition));
                }
            }
        }
        if (some.result == I32) {
            String name = Integer.toHexString(opcode);
            export("if" + name, some, I32, choose(new Bytes().put(plain)));
            export("ifNot" + name, some, I32, choose(new Bytes().put(plain).put(0x45)));
            export("ifNotNot" + name, some, I32, choose(new Bytes().put(plain).put(0x45, 0x45)));
            export(
                    "select" + name,
                    some,
                    I64,
                    new Bytes().constant(I64, 10).constant(I64, 20).put(plain).put(0x1b));
            // block br_if 0 (condition) return 1 end 2
            export(
                    "brIf" + name,
                    some,
                    I32,
                    new Bytes()
                            .put(0x02, 0x40)
                            .put(plain)
                            .put(0x0d, 0)
                            .constant(I32, 1)
                            .put(0x0f, 0x0b)
                            .constant(I32, 2));
        }
    }

    private static Bytes choose(Bytes condition) {
        return condition
                .put(0x04, I32)
                .constant(I32, 10)
                .put(0x05)
                .constant(I32, 20)
                .put(0x0b);
    }

    private void export(String name, Operators some, int result, Bytes body) {
        module.exported(name, module.type(some.operands, result), new int[0], body);
        names.add(name);
        operands.add(some.operands);
        results.add(result);
    }

    private static List<long[]> arguments(int[] types) {
        List<long[]> arguments = new ArrayList<>();
        for (long first : edges(types[0])) {
            if (types.length == 1) {
                arguments.add(new long[] {first});
            } else {
                for (long second : edges(types[1])) {
                    arguments.add(new long[] {first, second});
                }
            }
        }
        return arguments;
    }

    private static List<Long> edges(int type) {
        List<Long> edges = new ArrayList<>();
        if (type == I32 || type == I64) {
            for (long edge : INTS) {
                edges.add(type == I32 ? (int) edge : edge);
            }
        } else {
            for (double edge : FLOATS) {
                edges.add(bits(type, edge));
            }
            // A NaN with a payload and a sign.
            edges.add(type == F32 ? 0xffa00001L : 0xfff4000000000001L);
        }
        return edges;
    }

    private static long bits(int type, double value) {
        return switch (type) {
            case I32 -> (int) (long) value;
            case I64 -> (long) value;
            case F32 -> Float.floatToRawIntBits((float) value) & 0xffffffffL;
            default -> Double.doubleToRawLongBits(value);
        };
    }

    /** The specification leaves the bits of a NaN open that an operator makes. */
    private static String canonical(String result, int type) {
        if (result.startsWith("[") && (type == F32 || type == F64)) {
            long bits = Long.parseLong(result.substring(1, result.length() - 1));
            if (type == F32
                    ? Float.isNaN(Float.intBitsToFloat((int) bits))
                    : Double.isNaN(Double.longBitsToDouble(bits))) {
                return "NaN";
            }
        }
        return result;
    }
}
