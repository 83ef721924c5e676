// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.MStack;
import com.dylibso.chicory.wasm.types.Instruction;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link FloatOperators} and {@link TableOperators} are to compiled code, for the engine's interpreter, whose
 * operators cannot be replaced: before an instruction its operands are looked at, or made such that the engine's
 * operator gives the right result. One for each instance.
 */
final class InterpretedOperands {

    private static final int F32_SIGN = 1 << 31;
    private static final int F32_ONE = Float.floatToRawIntBits(1);
    private static final long F64_SIGN = 1L << 63;
    private static final long F64_ONE = Double.doubleToRawLongBits(1);

    private @Nullable Instance instance;

    /** Before the first instruction: the instance that executes them. */
    void use(Instance whose) {
        instance = whose;
    }

    /** Called before each instruction. */
    void prepare(Instruction instruction, MStack stack) {
        switch (instruction.opcode()) {
            case F32_ABS -> stack.push(f32(FloatOperators.F32_ABS(f32(stack.pop()))));
            case F64_ABS -> stack.push(f64(FloatOperators.F64_ABS(f64(stack.pop()))));
            case F32_COPYSIGN -> stack.push((int) stack.pop() & F32_SIGN | F32_ONE);
            case F64_COPYSIGN -> stack.push(stack.pop() & F64_SIGN | F64_ONE);
            case F32_CEIL, F32_FLOOR, F32_TRUNC, F32_NEAREST, F32_SQRT -> stack.push(quiet32(stack.pop()));
            case F64_CEIL, F64_FLOOR, F64_TRUNC, F64_NEAREST, F64_SQRT -> stack.push(quiet64(stack.pop()));
            case F32_MIN, F32_MAX -> {
                long second = quiet32(stack.pop());
                long first = quiet32(stack.pop());
                stack.push(first);
                stack.push(Float.isNaN(f32(first)) ? first : second);
            }
            case F64_MIN, F64_MAX -> {
                long second = quiet64(stack.pop());
                long first = quiet64(stack.pop());
                stack.push(first);
                stack.push(Double.isNaN(f64(first)) ? first : second);
            }
            case F32_CONVERT_I64_U -> stack.push(exact(FloatOperators.F32_CONVERT_I64_U(stack.peek()), stack.pop()));
            case F64_CONVERT_I64_U -> stack.push(exact(FloatOperators.F64_CONVERT_I64_U(stack.peek()), stack.pop()));
            case TABLE_FILL, TABLE_COPY, TABLE_INIT -> checkRange(instruction, stack);
            default -> {
                // All others are as they should be.
            }
        }
    }

    private void checkRange(Instruction instruction, MStack stack) {
        Instance instance = Objects.requireNonNull(this.instance);
        long third = stack.pop();
        long second = stack.pop();
        long first = stack.pop();
        int immediate = (int) instruction.operand(0);
        switch (instruction.opcode()) {
            case TABLE_FILL -> TableOperators.checkFill(instance, immediate, (int) third, (int) first);
            case TABLE_COPY ->
                TableOperators.checkCopy(
                        instance, (int) instruction.operand(1), immediate, (int) third, (int) second, (int) first);
            default ->
                TableOperators.checkInit(
                        instance, (int) instruction.operand(1), immediate, (int) third, (int) second, (int) first);
        }
        stack.push(first);
        stack.push(second);
        stack.push(third);
    }

    private static long quiet32(long bits) {
        return Float.isNaN(f32(bits)) ? bits | 1 << 22 : bits;
    }

    private static long quiet64(long bits) {
        return Double.isNaN(f64(bits)) ? bits | 1L << 51 : bits;
    }

    /**
     * An integer without sign that the engine converts to a value: itself, or the largest one for all that is rounded
     * up to 2^64.
     */
    private static long exact(double value, long integer) {
        if (integer >= 0) {
            return integer;
        }
        return value >= 0x1p64 ? -1 : (long) (value / 2) << 1;
    }

    private static float f32(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    private static long f32(float value) {
        return Float.floatToRawIntBits(value);
    }

    private static double f64(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long f64(double value) {
        return Double.doubleToRawLongBits(value);
    }
}
