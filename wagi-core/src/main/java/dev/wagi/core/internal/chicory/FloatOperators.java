// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/**
 * Operators on floating-point numbers that {@code java.lang.Math}, and the engine with it, computes differently from
 * WebAssembly: the sign and the bits of a NaN, which guests can observe, and the rounding of unsigned integers.
 * Compiled code calls these instead of the engine's; same names, same arguments.
 *
 * <ul>
 *   <li>{@code abs} and {@code copysign} change the sign and nothing else, of a NaN too. {@code Math.abs(float)} of JDK
 *       17 keeps a NaN's sign, when HotSpot has not compiled it, and the engine's {@code copysign} takes 4290772992 for
 *       a NaN.
 *   <li>All others return a quiet NaN with the bits of their NaN operand; of the first one, if there are two.
 *   <li>Unsigned 64-bit integers are rounded to the nearest, ties to even. The engine rounds them up or ties down.
 * </ul>
 *
 * @see <a href="https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations">Floating-point
 *     operations</a>
 */
public final class FloatOperators {

    private static final int F32_SIGN = 1 << 31;
    private static final int F32_QUIET = 1 << 22;
    private static final long F64_SIGN = 1L << 63;
    private static final long F64_QUIET = 1L << 51;

    private FloatOperators() {}

    private static float quiet(float nan) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(nan) | F32_QUIET);
    }

    private static double quiet(double nan) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(nan) | F64_QUIET);
    }

    /** {@code f32.abs}. */
    public static float F32_ABS(float x) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(x) & ~F32_SIGN);
    }

    /** {@code f64.abs}. */
    public static double F64_ABS(double x) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(x) & ~F64_SIGN);
    }

    /** {@code f32.copysign}. */
    public static float F32_COPYSIGN(float x, float sign) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(x) & ~F32_SIGN | Float.floatToRawIntBits(sign) & F32_SIGN);
    }

    /** {@code f64.copysign}. */
    public static double F64_COPYSIGN(double x, double sign) {
        return Double.longBitsToDouble(
                Double.doubleToRawLongBits(x) & ~F64_SIGN | Double.doubleToRawLongBits(sign) & F64_SIGN);
    }

    /** {@code f32.min}. */
    public static float F32_MIN(float x, float y) {
        return Float.isNaN(x) ? quiet(x) : Float.isNaN(y) ? quiet(y) : Math.min(x, y);
    }

    /** {@code f64.min}. */
    public static double F64_MIN(double x, double y) {
        return Double.isNaN(x) ? quiet(x) : Double.isNaN(y) ? quiet(y) : Math.min(x, y);
    }

    /** {@code f32.max}. */
    public static float F32_MAX(float x, float y) {
        return Float.isNaN(x) ? quiet(x) : Float.isNaN(y) ? quiet(y) : Math.max(x, y);
    }

    /** {@code f64.max}. */
    public static double F64_MAX(double x, double y) {
        return Double.isNaN(x) ? quiet(x) : Double.isNaN(y) ? quiet(y) : Math.max(x, y);
    }

    /** {@code f32.ceil}. */
    public static float F32_CEIL(float x) {
        return Float.isNaN(x) ? quiet(x) : (float) Math.ceil(x);
    }

    /** {@code f64.ceil}. */
    public static double F64_CEIL(double x) {
        return Double.isNaN(x) ? quiet(x) : Math.ceil(x);
    }

    /** {@code f32.floor}. */
    public static float F32_FLOOR(float x) {
        return Float.isNaN(x) ? quiet(x) : (float) Math.floor(x);
    }

    /** {@code f64.floor}. */
    public static double F64_FLOOR(double x) {
        return Double.isNaN(x) ? quiet(x) : Math.floor(x);
    }

    /** {@code f32.trunc}. */
    public static float F32_TRUNC(float x) {
        return Float.isNaN(x) ? quiet(x) : (float) (x < 0 ? Math.ceil(x) : Math.floor(x));
    }

    /** {@code f64.trunc}. */
    public static double F64_TRUNC(double x) {
        return Double.isNaN(x) ? quiet(x) : x < 0 ? Math.ceil(x) : Math.floor(x);
    }

    /** {@code f32.nearest}. */
    public static float F32_NEAREST(float x) {
        return Float.isNaN(x) ? quiet(x) : (float) Math.rint(x);
    }

    /** {@code f64.nearest}. */
    public static double F64_NEAREST(double x) {
        return Double.isNaN(x) ? quiet(x) : Math.rint(x);
    }

    /** {@code f32.sqrt}. */
    public static float F32_SQRT(float x) {
        return Float.isNaN(x) ? quiet(x) : (float) Math.sqrt(x);
    }

    /** {@code f64.sqrt}. */
    public static double F64_SQRT(double x) {
        return Double.isNaN(x) ? quiet(x) : Math.sqrt(x);
    }

    /** {@code f32.convert_i64_u}. */
    public static float F32_CONVERT_I64_U(long x) {
        // Half of it, with the bit that is lost kept for rounding.
        return x >= 0 ? (float) x : (float) (x >>> 1 | x & 1) * 2;
    }

    /** {@code f64.convert_i64_u}. */
    public static double F64_CONVERT_I64_U(long x) {
        return x >= 0 ? (double) x : (double) (x >>> 1 | x & 1) * 2;
    }
}
