// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * A file of the cache. Numbers are big-endian:
 *
 * <pre>
 * 8  magic      "WAGIcode"
 * 4  version    1
 * 2  length of the key
 * n  key        ASCII
 * 8  length of the content
 * 32 SHA-256 of the content
 *    content, up to the end of the file
 * </pre>
 */
final class CacheEntry {

    /** Of the content. Larger files are not read, whatever they say of themselves. */
    static final int MAX_BYTES = 256 << 20;

    private static final byte[] MAGIC = "WAGIcode".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int DIGEST_BYTES = 32;

    private CacheEntry() {}

    /** What stands before the content. */
    static ByteBuffer header(String key, byte[] content) {
        byte[] name = key.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(headerBytes(key))
                .put(MAGIC)
                .putInt(VERSION)
                .putShort((short) name.length)
                .put(name)
                .putLong(content.length)
                .put(sha256(content))
                .flip();
    }

    static int headerBytes(String key) {
        return MAGIC.length + Integer.BYTES + Short.BYTES + key.length() + Long.BYTES + DIGEST_BYTES;
    }

    /**
     * Reads a file.
     *
     * @return null if it is not whole, not unchanged, or not the entry of the key
     */
    static byte @Nullable [] read(SeekableByteChannel file, String key) throws IOException {
        int headerBytes = headerBytes(key);
        long length = file.size() - headerBytes;
        if (length < 0 || length > MAX_BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.allocate(headerBytes);
        if (!fill(header, file) || header.getLong(headerBytes - DIGEST_BYTES - Long.BYTES) != length) {
            return null;
        }
        byte[] content = new byte[(int) length];
        // All of the header follows from the key and the content.
        return fill(ByteBuffer.wrap(content), file) && header.flip().equals(header(key, content)) ? content : null;
    }

    private static boolean fill(ByteBuffer buffer, ReadableByteChannel file) throws IOException {
        while (buffer.hasRemaining()) {
            if (file.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
