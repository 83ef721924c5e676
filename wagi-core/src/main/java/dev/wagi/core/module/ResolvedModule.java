// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.Objects;

/** The bytes of a module, WebAssembly binary or text, and their origin. */
public final class ResolvedModule {

    private final byte[] bytes;
    private final String origin;

    private ResolvedModule(byte[] bytes, String origin) {
        this.bytes = Objects.requireNonNull(bytes, "bytes");
        this.origin = Objects.requireNonNull(origin, "origin");
    }

    /**
     * Creates a fetched module.
     *
     * @param bytes as in {@link #bytes()}; the array is not copied and must not be modified after the call
     * @param origin as in {@link #origin()}
     * @return the module
     */
    public static ResolvedModule of(byte[] bytes, String origin) {
        return new ResolvedModule(bytes, origin);
    }

    /** {@return the bytes; the array must not be modified} */
    public byte[] bytes() {
        return bytes;
    }

    /** {@return where the bytes came from, for messages: a path or a URL} */
    public String origin() {
        return origin;
    }

    /** Returns the origin and the size. */
    @Override
    public String toString() {
        return "ResolvedModule[" + origin + ", " + bytes.length + " bytes]";
    }
}
