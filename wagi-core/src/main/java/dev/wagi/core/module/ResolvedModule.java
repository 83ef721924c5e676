// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes of a module, WebAssembly binary or text, and their origin. */
public final class ResolvedModule {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final @Nullable String sha256;
    private final Supplier<byte[]> bytes;
    private final String origin;

    private ResolvedModule(@Nullable String sha256, Supplier<byte[]> bytes, String origin) {
        this.sha256 = sha256;
        this.bytes = bytes;
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
        Objects.requireNonNull(bytes, "bytes");
        return new ResolvedModule(null, () -> bytes, origin);
    }

    /**
     * Creates a module whose digest is known. A host that has loaded a module with this digest uses that and does not
     * ask for the bytes; otherwise it asks for them and checks their digest.
     *
     * @param sha256 the SHA-256 of the bytes, 64 hexadecimal digits in lower case
     * @param bytes reads the bytes each time it is called; it may throw a
     *     {@link dev.wagi.core.api.ModuleLoadException}. The array must not be modified
     * @param origin as in {@link #origin()}
     * @return the module
     * @throws IllegalArgumentException if the digest is malformed
     */
    public static ResolvedModule of(String sha256, Supplier<byte[]> bytes, String origin) {
        if (!SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("the SHA-256 of a module has 64 hexadecimal digits in lower case");
        }
        return new ResolvedModule(sha256, Objects.requireNonNull(bytes, "bytes"), origin);
    }

    /** {@return the bytes; the array must not be modified} They are read now if only their digest was known. */
    public byte[] bytes() {
        return bytes.get();
    }

    /** {@return the SHA-256 of the bytes, 64 hexadecimal digits, if it is known without reading them} */
    public Optional<String> sha256() {
        return Optional.ofNullable(sha256);
    }

    /** {@return where the bytes came from, for messages: a path or a URL} */
    public String origin() {
        return origin;
    }

    /** Returns the origin, and the size or the digest. */
    @Override
    public String toString() {
        return "ResolvedModule[" + origin + ", " + (sha256 == null ? bytes().length + " bytes" : sha256) + "]";
    }
}
