// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.api.ModuleLoadException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * Tells by its first bytes what a file is.
 *
 * <pre>
 * 00 61 73 6d  01 00 00 00    "\0asm", version 1          core module
 * 00 61 73 6d  0d 00 01 00    version 13, layer 1         component
 * ( or ; after white space                                WebAssembly text
 * </pre>
 */
final class ModuleFormat {

    private static final byte[] MAGIC = {0, 'a', 's', 'm'};
    private static final byte[] CORE = {1, 0, 0, 0};

    private ModuleFormat() {}

    /**
     * The binary form of a core module.
     *
     * @param assembler makes it from text
     * @throws ModuleLoadException if the bytes are something else, or text that cannot be assembled
     */
    static byte[] toBinary(String name, byte[] bytes, UnaryOperator<byte[]> assembler) {
        if (startsWith(bytes, 0, MAGIC)) {
            if (startsWith(bytes, 4, CORE)) {
                return bytes;
            }
            if (bytes.length >= 8 && bytes[6] == 1) {
                throw new ModuleLoadException(
                        name + " is a WebAssembly component, not a core module; build it for the target wasm32-wasip1");
            }
            throw new ModuleLoadException(name + " has an unknown WebAssembly version; build it for version 1");
        }
        if (isText(bytes)) {
            return assembler.apply(bytes);
        }
        throw new ModuleLoadException(
                name + " is not WebAssembly: " + (bytes.length == 0 ? "it is empty" : "it does not begin with \\0asm")
                        + "; name a .wasm or .wat file");
    }

    private static boolean startsWith(byte[] bytes, int offset, byte[] prefix) {
        if (bytes.length < offset + prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[offset + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(byte[] bytes) {
        String start = new String(bytes, 0, Math.min(bytes.length, 256), StandardCharsets.ISO_8859_1).stripLeading();
        return start.startsWith("(") || start.startsWith(";;");
    }
}
