// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The digest of some content: {@code sha256:} or {@code sha512:} and the hash of its bytes in lower-case hexadecimal.
 * Every instance is well-formed.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex 64 or 128 digits
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests">OCI image spec,
 *     digests</a>
 */
public record Digest(String algorithm, String hex) {

    private static final Pattern TEXT = Pattern.compile("(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})");

    /**
     * Creates a digest from its parts.
     *
     * @param algorithm {@code sha256} or {@code sha512}
     * @param hex the hash in lower-case hexadecimal
     * @throws IllegalArgumentException if they do not form a SHA-256 or SHA-512 digest
     */
    public Digest {
        if (!TEXT.matcher(algorithm + ":" + hex).matches()) {
            throw new IllegalArgumentException(
                    "is not a digest; write \"sha256:\" and 64 lower-case hexadecimal digits");
        }
    }

    /**
     * Parses a digest; the inverse of {@link #toString}.
     *
     * @param text for instance {@code sha256:} and 64 hexadecimal digits
     * @return the digest
     * @throws IllegalArgumentException if the text is not a SHA-256 or SHA-512 digest
     */
    public static Digest parse(String text) {
        Matcher digest = TEXT.matcher(text);
        if (!digest.matches()) {
            throw new IllegalArgumentException(
                    "is not a digest; write \"sha256:\" and 64 lower-case hexadecimal digits");
        }
        return digest.group(1) != null
                ? new Digest(digest.group(1), digest.group(2))
                : new Digest(digest.group(3), digest.group(4));
    }

    /**
     * {@return the SHA-256 of the bytes}
     *
     * @param bytes the content
     */
    public static Digest sha256(byte[] bytes) {
        return ofHash("sha256", hash("SHA-256").digest(bytes));
    }

    /**
     * Creates a digest from a hash that was computed elsewhere.
     *
     * @param algorithm {@code sha256} or {@code sha512}
     * @param hash the bytes of the hash
     * @return the digest
     */
    public static Digest ofHash(String algorithm, byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    /** {@return a new message digest for this digest's algorithm, to hash content piece by piece} */
    public MessageDigest computation() {
        return hash(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
    }

    /**
     * {@return whether the bytes have this digest}
     *
     * @param bytes the content
     */
    public boolean matches(byte[] bytes) {
        return ofHash(algorithm, computation().digest(bytes)).equals(this);
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }

    private static MessageDigest hash(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has " + name, e);
        }
    }
}
