// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Arguments or environment entries in the layout in which WASI passes them to a guest: consecutive NUL-terminated
 * strings, and the offset of each.
 *
 * <pre>
 * "a=1", "bc=2"  ->  bytes  a = 1 \0 b c = 2 \0      offsets 0, 4
 * </pre>
 *
 * Immutable once built. See {@code args_get} and {@code environ_get} of WASI preview 1.
 */
public final class GuestStrings {

    private static final GuestStrings NONE = new GuestStrings(new byte[0], 0, new int[0], 0);

    private final byte[] bytes;
    private final int length;
    private final int[] offsets;
    private final int count;

    private GuestStrings(byte[] bytes, int length, int[] offsets, int count) {
        this.bytes = bytes;
        this.length = length;
        this.offsets = offsets;
        this.count = count;
    }

    /** Returns an instance without strings. */
    public static GuestStrings none() {
        return NONE;
    }

    /** Returns the strings, encoded as by {@link Builder#text}. */
    public static GuestStrings of(String... strings) {
        Builder builder = new Builder();
        for (String string : strings) {
            builder.text(string).end();
        }
        return builder.build();
    }

    /** Returns the number of strings. */
    public int count() {
        return count;
    }

    /** Returns all strings with their terminators; valid up to {@link #length()}; the array must not be modified. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the number of valid bytes, including terminators. */
    public int length() {
        return length;
    }

    /** Returns the offset of a string. */
    public int offset(int index) {
        return offsets[index];
    }

    /** Returns a string, decoded as UTF-8; for tests and messages. */
    public String get(int index) {
        int end = index + 1 < count ? offsets[index + 1] : length;
        return new String(bytes, offsets[index], end - 1 - offsets[index], StandardCharsets.UTF_8);
    }

    /**
     * Builds strings piece by piece: any number of {@link #text} calls, then {@link #end}.
     *
     * <p>Not thread-safe. The result shares the builder's memory, so a builder can be used only once.
     */
    public static final class Builder {
        private byte[] bytes;
        private int length;
        private int[] offsets;
        private int count;
        private int start;

        /** Creates a builder for a few short strings. */
        public Builder() {
            this(128, 8);
        }

        /**
         * Creates a builder with an initial capacity, which grows as needed.
         *
         * @param bytes the number of bytes, including terminators
         * @param strings the number of strings
         */
        public Builder(int bytes, int strings) {
            this.bytes = new byte[Math.max(bytes, 1)];
            this.offsets = new int[Math.max(strings, 1)];
        }

        /**
         * Appends text whose characters up to U+00FF are octets, written as one byte each. Other characters are encoded
         * as UTF-8.
         */
        public Builder octets(CharSequence text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) > 0xff) {
                    return text(text);
                }
            }
            reserve(text.length());
            for (int i = 0; i < text.length(); i++) {
                bytes[length++] = notNul((byte) text.charAt(i));
            }
            return this;
        }

        /** Appends text as UTF-8. */
        public Builder text(CharSequence text) {
            reserve(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c >= 0x80) {
                    byte[] rest = text.subSequence(i, text.length()).toString().getBytes(StandardCharsets.UTF_8);
                    reserve(rest.length);
                    for (byte octet : rest) {
                        bytes[length++] = notNul(octet);
                    }
                    return this;
                }
                bytes[length++] = notNul((byte) c);
            }
            return this;
        }

        /** Appends bytes unchanged; they must not contain NUL. */
        public Builder encoded(byte[] piece) {
            reserve(piece.length);
            System.arraycopy(piece, 0, bytes, length, piece.length);
            length += piece.length;
            return this;
        }

        /** Appends all strings of another instance. */
        public Builder addAll(GuestStrings strings) {
            for (int i = 0; i < strings.count; i++) {
                addOffset(length + strings.offsets[i]);
            }
            reserve(strings.length);
            System.arraycopy(strings.bytes, 0, bytes, length, strings.length);
            length += strings.length;
            start = length;
            return this;
        }

        /** Ends the string that consists of the pieces since the last call. */
        public Builder end() {
            addOffset(start);
            reserve(1);
            bytes[length++] = 0;
            start = length;
            return this;
        }

        /** Returns the strings. */
        public GuestStrings build() {
            return new GuestStrings(bytes, length, offsets, count);
        }

        private void addOffset(int offset) {
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count * 2);
            }
            offsets[count++] = offset;
        }

        private void reserve(int more) {
            if (bytes.length - length < more) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
            }
        }

        /** Rejects NUL, which would end the string early and let a client inject another one. */
        private static byte notNul(byte octet) {
            if (octet == 0) {
                throw new IllegalArgumentException("NUL in an argument or environment variable");
            }
            return octet;
        }
    }
}
