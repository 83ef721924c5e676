// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.sandbox.GuestIo;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Operators on floating-point numbers, bit by bit, on every pair of edge operands: compared with what the specification
 * says, in terms of bits and of exact numbers.
 *
 * @see <a href="https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations">Floating-point
 *     operations</a>
 */
class FloatOperatorsTest {

    /** Where results begin in the guest's memory; operands are at 0. */
    private static final int RESULTS = 4096;

    private static final long[] F32 = {
        0,
        0x80000000L,
        bits(1f),
        bits(-1f),
        bits(0.5f),
        bits(-0.5f),
        bits(1.5f),
        bits(-2.5f),
        bits(0.1f),
        bits(16777215.5f),
        bits(4290772992f), // its value is what the bits of a NaN are as an integer
        bits(-4290772992f),
        bits(2143289344f),
        bits(Float.MIN_VALUE),
        bits(-Float.MIN_VALUE),
        bits(Float.MAX_VALUE),
        0x7f800000L,
        0xff800000L,
        0x7fc00000L,
        0xffc00000L,
        0x7fa00001L, // a signalling NaN
        0xffa54321L,
        0x7fffffffL
    };

    private static final long[] F64 = {
        0,
        1L << 63,
        bits(1.0),
        bits(-1.0),
        bits(0.5),
        bits(-0.5),
        bits(1.5),
        bits(-2.5),
        bits(0.1),
        bits(4503599627370495.5),
        bits(18444492273895866368.0),
        bits(-18014398509481984.0),
        bits(Double.MIN_VALUE),
        bits(-Double.MIN_VALUE),
        bits(Double.MAX_VALUE),
        0x7ff0000000000000L,
        0xfff0000000000000L,
        0x7ff8000000000000L,
        0xfff8000000000000L,
        0x7ff4000000000001L,
        0xfff4123456789abcL,
        0x7fffffffffffffffL
    };

    private static final long[] I64 = {
        0,
        1,
        -1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x8000000000000001L,
        0x8000008000000000L, // ties
        0x8000018000000000L,
        0x8000008000000001L,
        0x8000007fffffffffL,
        0x8000000000000400L,
        0x8000000000000c00L,
        0x8000000000000401L,
        0x80000000000003ffL,
        0xffffff7fffffffffL,
        0xffffff8000000000L,
        0xfffffffffffffbffL,
        0xfffffffffffffc00L,
        0x0000ffffffffffffL,
        0x00ffffff80000001L
    };

    /** Any NaN. */
    private static final long NAN = 0x7ff8dead0000beefL;

    private record Operator(String type, long[] operands, int arity, LongBinaryOperator expected) {}

    private static final Map<String, Operator> OPERATORS = new LinkedHashMap<>();

    static {
        one("abs", x -> x & 0x7fffffffL, x -> x & Long.MAX_VALUE);
        one("neg", x -> x ^ 0x80000000L, x -> x ^ Long.MIN_VALUE);
        one("sqrt", x -> sqrt32(x), x -> sqrt64(x));
        rounding("ceil", RoundingMode.CEILING);
        rounding("floor", RoundingMode.FLOOR);
        rounding("trunc", RoundingMode.DOWN);
        rounding("nearest", RoundingMode.HALF_EVEN);
        two("copysign", (x, y) -> x & 0x7fffffffL | y & 0x80000000L, (x, y) -> x & Long.MAX_VALUE | y & Long.MIN_VALUE);
        two("min", (x, y) -> smallest32(x, y, 1), (x, y) -> smallest64(x, y, 1));
        two("max", (x, y) -> smallest32(x, y, -1), (x, y) -> smallest64(x, y, -1));
        OPERATORS.put(
                "f32.convert_i64_u",
                new Operator("f32", I64, 1, (x, y) -> bits(new BigInteger(Long.toUnsignedString(x)).floatValue())));
        OPERATORS.put(
                "f64.convert_i64_u",
                new Operator("f64", I64, 1, (x, y) -> bits(new BigInteger(Long.toUnsignedString(x)).doubleValue())));
    }

    private static void one(String name, LongUnaryOperator f32, LongUnaryOperator f64) {
        OPERATORS.put("f32." + name, new Operator("f32", F32, 1, (x, y) -> f32.applyAsLong(x)));
        OPERATORS.put("f64." + name, new Operator("f64", F64, 1, (x, y) -> f64.applyAsLong(x)));
    }

    private static void two(String name, LongBinaryOperator f32, LongBinaryOperator f64) {
        OPERATORS.put("f32." + name, new Operator("f32", F32, 2, f32));
        OPERATORS.put("f64." + name, new Operator("f64", F64, 2, f64));
    }

    private static void rounding(String name, RoundingMode mode) {
        one(
                name,
                x -> {
                    float value = Float.intBitsToFloat((int) x);
                    return isNan32(x)
                            ? x | 1 << 22
                            : Float.isInfinite(value)
                                    ? x
                                    : bits(Math.abs(new BigDecimal(value)
                                                    .setScale(0, mode)
                                                    .floatValue()))
                                            | x & 0x80000000L;
                },
                x -> {
                    double value = Double.longBitsToDouble(x);
                    return isNan64(x)
                            ? x | 1L << 51
                            : Double.isInfinite(value)
                                    ? x
                                    : bits(Math.abs(new BigDecimal(value)
                                                    .setScale(0, mode)
                                                    .doubleValue()))
                                            | x & Long.MIN_VALUE;
                });
    }

    private static long sqrt32(long x) {
        float value = Float.intBitsToFloat((int) x);
        return isNan32(x) ? x | 1 << 22 : value < 0 ? NAN : bits((float) StrictMath.sqrt(value));
    }

    private static long sqrt64(long x) {
        double value = Double.longBitsToDouble(x);
        return isNan64(x) ? x | 1L << 51 : value < 0 ? NAN : bits(StrictMath.sqrt(value));
    }

    private static long smallest32(long x, long y, int sign) {
        if (isNan32(x) || isNan32(y)) {
            return (isNan32(x) ? x : y) | 1 << 22;
        }
        return Float.compare(Float.intBitsToFloat((int) x), Float.intBitsToFloat((int) y)) * sign <= 0 ? x : y;
    }

    private static long smallest64(long x, long y, int sign) {
        if (isNan64(x) || isNan64(y)) {
            return (isNan64(x) ? x : y) | 1L << 51;
        }
        return Double.compare(Double.longBitsToDouble(x), Double.longBitsToDouble(y)) * sign <= 0 ? x : y;
    }

    private static boolean isNan32(long bits) {
        return (bits & 0x7fffffffL) > 0x7f800000L;
    }

    private static boolean isNan64(long bits) {
        return (bits & Long.MAX_VALUE) > 0x7ff0000000000000L;
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xffffffffL;
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void operators_edgeOperands_areAsSpecified(boolean compile) throws IOException {
        ChicoryModule module =
                (ChicoryModule) new ChicoryEngine(compile).load("floats", guest().getBytes(StandardCharsets.US_ASCII));
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (Map.Entry<String, Operator> entry : OPERATORS.entrySet()) {
            Operator operator = entry.getValue();
            FlatMemory memory = sandbox.memory();
            int size = size(operator);
            for (int i = 0; i < operator.operands.length; i++) {
                memory.writeLong(8 * i, operator.operands[i]);
            }
            // Often, so that HotSpot compiles it meanwhile.
            for (int runs = 0; runs < 100; runs++) {
                sandbox.run(entry.getKey(), SILENT);
            }
            for (int i = 0; i < size; i++) {
                long x = operator.operands[i / second(operator)];
                long y = operator.operands[i % second(operator)];
                long expected = operator.expected.applyAsLong(x, y);
                boolean single = operator.type.equals("f32");
                long actual = memory.readLong(RESULTS + 8 * i) & (single ? 0xffffffffL : -1);
                boolean nan = single ? isNan32(actual) : isNan64(actual);
                // The specification leaves the sign of a NaN open, but for the operators on it.
                long sign = compile || !nan || !entry.getKey().endsWith("nearest") ? 0 : single ? 1L << 31 : 1L << 63;
                boolean right = expected == NAN ? nan : (actual | sign) == (expected | sign);
                if (!right) {
                    wrong.add("%s %x %x: %x, not %x".formatted(entry.getKey(), x, y, actual, expected));
                }
                checked++;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isGreaterThan(3000);
    }

    private static int second(Operator operator) {
        return operator.arity == 1 ? 1 : operator.operands.length;
    }

    private static int size(Operator operator) {
        return operator.operands.length * second(operator);
    }

    /** A function for each operator: result i is that of operands i / n and i % n. */
    private static String guest() {
        StringBuilder text = new StringBuilder("(module (memory (export \"memory\") 1)\n");
        OPERATORS.forEach((name, operator) -> {
            String type = name.contains("_i64") ? "i64" : operator.type;
            String operand = "(" + type + ".load (i32.mul (i32.const 8) (%s (local.get $i) (i32.const %d))))";
            text.append("(func (export \"")
                    .append(name)
                    .append("\") (local $i i32) (loop $next\n  (")
                    .append(operator.type)
                    .append(".store offset=")
                    .append(RESULTS)
                    .append(" (i32.mul (i32.const 8) (local.get $i)) (")
                    .append(name)
                    .append(' ')
                    .append(operand.formatted("i32.div_u", second(operator)))
                    .append(operator.arity == 1 ? "" : operand.formatted("i32.rem_u", second(operator)))
                    .append("))\n  (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
                            + " (i32.const ")
                    .append(size(operator))
                    .append(")))))\n");
        });
        return text.append(')').toString();
    }

    private static final GuestIo SILENT = new QuietGuestIo();
}
