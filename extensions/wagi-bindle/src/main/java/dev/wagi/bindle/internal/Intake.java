// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Takes in a file as it arrives: counts, hashes and keeps its bytes, up to a limit. Not thread-safe. */
final class Intake {

    private final long limit;
    private final String excess;
    private final MessageDigest digest = digest();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * An empty one.
     *
     * @param limit how many bytes it takes
     * @param excess what is wrong with more than that
     */
    Intake(long limit, String excess) {
        this.limit = limit;
        this.excess = excess;
    }

    /** Takes the rest of the buffer, all of it or nothing. */
    void add(ByteBuffer buffer) throws BindleException {
        checkSize((long) bytes.size() + buffer.remaining());
        byte[] chunk = new byte[buffer.remaining()];
        buffer.get(chunk);
        digest.update(chunk);
        bytes.write(chunk, 0, chunk.length);
    }

    /** Refuses a size before the bytes arrive. */
    void checkSize(long size) throws BindleException {
        if (size > limit) {
            throw new BindleException(excess);
        }
    }

    /** What has arrived. */
    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** The SHA-256 of what has arrived, lower-case hexadecimal; to be called once, at the end. */
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
