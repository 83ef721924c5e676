// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.layer;

import dev.wagi.oci.OciException;
import java.util.Arrays;

/**
 * Recognizes runnable modules by their first eight bytes.
 *
 * <pre>
 * 00 61 73 6d  01 00 00 00    "\0asm", version 1          core module
 * 00 61 73 6d  0d 00 01 00    version 13, layer 1         component
 * </pre>
 */
public final class WasmModule {

    private static final byte[] MAGIC = {0, 'a', 's', 'm'};
    private static final int HEADER = 8;

    private WasmModule() {}

    /** Whether the bytes begin with the magic of WebAssembly, of any kind. */
    public static boolean isWasm(byte[] bytes) {
        return bytes.length >= MAGIC.length && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * Checks that the bytes are a core module.
     *
     * @throws OciException.Unsupported if they are not
     */
    public static void check(byte[] bytes) {
        if (bytes.length < HEADER || !isWasm(bytes)) {
            throw new OciException.Unsupported(
                    "the image's content is not WebAssembly: it does not begin with \\0asm; push a .wasm file");
        }
        if (bytes[6] == 1) {
            throw new OciException.Unsupported(
                    "the image contains a WebAssembly component, but only core modules are supported;"
                            + " build it for the target wasm32-wasip1 and push that");
        }
        if (bytes[4] != 1 || bytes[5] != 0 || bytes[6] != 0 || bytes[7] != 0) {
            throw new OciException.Unsupported(
                    "the image contains WebAssembly of an unknown version; build it for version 1 and push that");
        }
    }
}
