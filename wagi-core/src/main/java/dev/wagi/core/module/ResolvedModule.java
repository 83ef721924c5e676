// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.Objects;

/** The bytes of a module, WebAssembly binary or text. */
public final class ResolvedModule {

    private final byte[] bytes;
    private final String origin;

    private ResolvedModule(byte[] bytes, String origin) {
        this.bytes = Objects.requireNonNull(bytes, "bytes");
        this.origin = Objects.requireNonNull(origin, "origin");
    }

    /**
     * A module that was fetched.
     *
     * @param bytes as in {@link #bytes()}; the array is not copied and must not be written to after the call
     * @param origin as in {@link #origin()}
     * @return the module
     */
    public static ResolvedModule of(byte[] bytes, String origin) {
        return new ResolvedModule(bytes, origin);
    }

    /** {@return the bytes; not to be written to} */
    public byte[] bytes() {
        return bytes;
    }

    /** {@return where they came from, for messages: a path, a URL} */
    public String origin() {
        return origin;
    }

    /** Where it came from, and its size. */
    @Override
    public String toString() {
        return "ResolvedModule[" + origin + ", " + bytes.length + " bytes]";
    }
}
