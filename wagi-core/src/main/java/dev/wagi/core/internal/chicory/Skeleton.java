// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.ByteArrayOutputStream;

/**
 * A module without the bodies of its functions and without names: the part that is needed once it is compiled. The
 * engine keeps an object per instruction, which for a large module takes a second to make and a hundred megabytes to
 * hold.
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

    private Skeleton() {}

    /**
     * Returns the skeleton of a module.
     *
     * @param binary a module that was parsed and validated before
     */
    static byte[] of(byte[] binary) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(binary.length / 2);
        out.write(binary, 0, HEADER);
        ModuleReader in = new ModuleReader(binary, HEADER);
        while (in.hasMore()) {
            int start = in.at();
            int id = in.octet();
            ModuleReader section = in.part();
            if (id == CODE) {
                int functions = section.count();
                out.write(CODE);
                ModuleReader.writeNumber(out, lengthOfNumber(functions) + functions * BODY.length);
                ModuleReader.writeNumber(out, functions);
                for (int i = 0; i < functions; i++) {
                    out.write(BODY, 0, BODY.length);
                }
            } else if (id != CUSTOM) {
                out.write(binary, start, in.at() - start);
            }
        }
        return out.toByteArray();
    }

    private static int lengthOfNumber(int value) {
        return (Math.max(1, 32 - Integer.numberOfLeadingZeros(value)) + 6) / 7;
    }
}
