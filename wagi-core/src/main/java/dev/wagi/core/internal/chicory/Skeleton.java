// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.BitSet;

/**
 * A module without the bodies of compiled functions and without names: the part that is needed once it is compiled. The
 * engine keeps an object per instruction, which for a large module takes a second to make and a hundred megabytes to
 * hold.
 *
 * <pre>
 * section 10 (code), its size, n, then n bodies      becomes      10, size, n, then n times 03 00 00 0b
 * </pre>
 *
 * <p>That is: three bytes, no locals, {@code unreachable}, {@code end}; valid for a function of any type.
 *
 * @param binary the module
 * @param codeBytes how many bytes of it are bodies that were left in
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html#code-section">Code section</a>
 */
record Skeleton(byte[] binary, int codeBytes) {

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int CODE = 10;
    private static final byte[] BODY = {3, 0, 0, 0x0b};

    /** Returns a module without any body. */
    static Skeleton of(byte[] binary) {
        return of(binary, new BitSet());
    }

    /**
     * Returns the skeleton of a module.
     *
     * @param binary a module that was parsed and validated before
     * @param bodies the functions whose bodies are left in, counted without the imported ones
     */
    static Skeleton of(byte[] binary, BitSet bodies) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(binary.length / 2);
        out.write(binary, 0, HEADER);
        int codeBytes = 0;
        ModuleReader in = new ModuleReader(binary, HEADER);
        while (in.hasMore()) {
            int start = in.at();
            int id = in.octet();
            ModuleReader section = in.part();
            if (id == CODE) {
                ByteArrayOutputStream code = new ByteArrayOutputStream();
                codeBytes = copyCode(binary, section, bodies, code);
                out.write(CODE);
                ModuleReader.writeNumber(out, code.size());
                out.writeBytes(code.toByteArray());
            } else if (id != CUSTOM) {
                out.write(binary, start, in.at() - start);
            }
        }
        return new Skeleton(out.toByteArray(), codeBytes);
    }

    /** Returns the module as the engine reads it, which was validated before. */
    WasmModule parsed() {
        return Parser.builder().withValidation(false).build().parse(() -> new ByteArrayInputStream(binary));
    }

    /** Returns how many bytes of bodies were left in. */
    private static int copyCode(byte[] binary, ModuleReader section, BitSet bodies, ByteArrayOutputStream out) {
        int functions = section.count();
        ModuleReader.writeNumber(out, functions);
        int codeBytes = 0;
        for (int i = 0; i < functions; i++) {
            int start = section.at();
            section.part();
            if (bodies.get(i)) {
                out.write(binary, start, section.at() - start);
                codeBytes += section.at() - start;
            } else {
                out.writeBytes(BODY);
            }
        }
        return codeBytes;
    }
}
