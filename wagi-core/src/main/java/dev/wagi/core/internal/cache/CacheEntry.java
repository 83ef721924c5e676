// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of the cache. All numbers are big-endian:
 *
 * <pre>
 * 8  magic      "WAGIcode"
 * 4  version    1
 * 2  length of the key
 * n  key        ASCII
 * 8  length of the content
 * 4  CRC-32C of the content
 *    content, up to the end of the file
 * </pre>
 */
final class CacheEntry {

    /** The maximum length of the content. Larger files are not read, whatever their header says. */
    static final int MAX_BYTES = 256 << 20;

    private static final byte[] MAGIC = "WAGIcode".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int CHECKSUM_BYTES = 4;

    private CacheEntry() {}

    /** Returns the part of the file before the content. */
    static ByteBuffer header(String key, byte[] content) {
        byte[] name = key.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(headerBytes(key))
                .put(MAGIC)
                .putInt(VERSION)
                .putShort((short) name.length)
                .put(name)
                .putLong(content.length)
                .putInt(checksum(content))
                .flip();
    }

    static int headerBytes(String key) {
        return MAGIC.length + Integer.BYTES + Short.BYTES + key.length() + Long.BYTES + CHECKSUM_BYTES;
    }

    /**
     * Reads a file.
     *
     * @return null if the file is incomplete, damaged, or not the entry of the key
     */
    static byte @Nullable [] read(SeekableByteChannel file, String key) throws IOException {
        int headerBytes = headerBytes(key);
        long length = file.size() - headerBytes;
        if (length < 0 || length > MAX_BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.allocate(headerBytes);
        if (!fill(header, file) || header.getLong(headerBytes - CHECKSUM_BYTES - Long.BYTES) != length) {
            return null;
        }
        byte[] content = new byte[(int) length];
        // The whole header is determined by the key and the content.
        return fill(ByteBuffer.wrap(content), file) && header.flip().equals(header(key, content)) ? content : null;
    }

    /**
     * Reads a file that is in memory already.
     *
     * @return null as above
     */
    static byte @Nullable [] read(byte[] file, String key) {
        int headerBytes = headerBytes(key);
        if (file.length < headerBytes || file.length - headerBytes > MAX_BYTES) {
            return null;
        }
        byte[] content = Arrays.copyOfRange(file, headerBytes, file.length);
        return ByteBuffer.wrap(file, 0, headerBytes).equals(header(key, content)) ? content : null;
    }

    private static boolean fill(ByteBuffer buffer, ReadableByteChannel file) throws IOException {
        while (buffer.hasRemaining()) {
            if (file.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Detects damage only; an attacker who could write to the file could also write a matching checksum. */
    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
