// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Receives a file: counts, hashes and stores its bytes, up to a limit. Not thread-safe. */
final class Intake {

    private final long limit;
    private final String excess;
    private final MessageDigest digest = digest();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * Creates an empty intake.
     *
     * @param limit the maximum number of bytes
     * @param excess the message if there are more
     */
    Intake(long limit, String excess) {
        this.limit = limit;
        this.excess = excess;
    }

    /** Receives the remaining bytes of the buffer, all or none. */
    void add(ByteBuffer buffer) throws BindleException {
        checkSize((long) bytes.size() + buffer.remaining());
        byte[] chunk = new byte[buffer.remaining()];
        buffer.get(chunk);
        digest.update(chunk);
        bytes.write(chunk, 0, chunk.length);
    }

    /** Checks a size before the bytes arrive. */
    void checkSize(long size) throws BindleException {
        if (size > limit) {
            throw new BindleException(excess);
        }
    }

    /** Returns the bytes received. */
    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Returns the SHA-256 of the bytes received, in lower-case hexadecimal. Call it once, at the end. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest().digest(bytes));
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
