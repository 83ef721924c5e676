// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.ByteArrayOutputStream;

/**
 * A module without the bodies of its functions and without names: the part that is needed once it is compiled. The
 * engine keeps an object per instruction, which for a large module takes a second to make and a hundred megabytes to hold.
 *
 * <pre>
 * section 10 (code), its size, n, then n bodies      becomes      10, size, n, then n times 03 00 00 0b
 * </pre>
 *
 * <p>That is: three bytes, no locals, {@code unreachable}, {@code end}; valid for a function of any type.
 *
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html#code-section">Code section</a>
 */
final class Skeleton {

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int CODE = 10;
    private static final byte[] BODY = {3, 0, 0, 0x0b};

    private final byte[] binary;
    private int at = HEADER;

    private Skeleton(byte[] binary) {
        this.binary = binary;
    }

    /**
     * Returns the skeleton of a module.
     *
     * @param binary a module that was parsed and validated before
     */
    static byte[] of(byte[] binary) {
        return new Skeleton(binary).strip();
    }

    private byte[] strip() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(binary.length / 2);
        out.write(binary, 0, HEADER);
        while (at < binary.length) {
            int start = at;
            int id = binary[at++];
            int size = readU32();
            int end = at + size;
            if (id == CODE) {
                int functions = readU32();
                out.write(CODE);
                writeU32(out, lengthOfU32(functions) + functions * BODY.length);
                writeU32(out, functions);
                for (int i = 0; i < functions; i++) {
                    out.write(BODY, 0, BODY.length);
                }
            } else if (id != CUSTOM) {
                out.write(binary, start, end - start);
            }
            at = end;
        }
        return out.toByteArray();
    }

    /** LEB128. */
    private int readU32() {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            byte octet = binary[at++];
            value |= (octet & 0x7f) << shift;
            if (octet >= 0) {
                return value;
            }
        }
    }

    private static void writeU32(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >>> 7 != 0) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    private static int lengthOfU32(int value) {
        return (Math.max(1, 32 - Integer.numberOfLeadingZeros(value)) + 6) / 7;
    }
}
