// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Arguments or environment entries in the shape in which WASI hands them to a guest: NUL-terminated strings one after
 * the other, and the offset of each.
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

    /** No strings. */
    public static GuestStrings none() {
        return NONE;
    }

    /** The strings, encoded as {@link Builder#text}. */
    public static GuestStrings of(String... strings) {
        Builder builder = new Builder();
        for (String string : strings) {
            builder.text(string).end();
        }
        return builder.build();
    }

    /** How many strings there are. */
    public int count() {
        return count;
    }

    /** All strings with their terminators; valid up to {@link #length()}; not to be written to. */
    public byte[] bytes() {
        return bytes;
    }

    /** The number of valid bytes, terminators included. */
    public int length() {
        return length;
    }

    /** Where a string begins. */
    public int offset(int index) {
        return offsets[index];
    }

    /** A string, read as UTF-8; for tests and messages. */
    public String get(int index) {
        int end = index + 1 < count ? offsets[index + 1] : length;
        return new String(bytes, offsets[index], end - 1 - offsets[index], StandardCharsets.UTF_8);
    }

    /**
     * Appends strings piece by piece: any number of {@link #text} calls, then {@link #end}.
     *
     * <p>Not thread-safe. What is built shares the builder's memory, so a builder builds once.
     */
    public static final class Builder {
        private byte[] bytes;
        private int length;
        private int[] offsets;
        private int count;
        private int start;

        /** For a few short strings. */
        public Builder() {
            this(128, 8);
        }

        /**
         * With an idea of what comes; more is fine.
         *
         * @param bytes how many bytes, terminators included
         * @param strings how many strings
         */
        public Builder(int bytes, int strings) {
            this.bytes = new byte[Math.max(bytes, 1)];
            this.offsets = new int[Math.max(strings, 1)];
        }

        /** Appends text as octets: characters up to U+00FF that stand for one octet each. Others are encoded as UTF-8. */
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

        /** Appends bytes as they are; without NUL. */
        public Builder encoded(byte[] piece) {
            reserve(piece.length);
            System.arraycopy(piece, 0, bytes, length, piece.length);
            length += piece.length;
            return this;
        }

        /** Appends strings built before. */
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

        /** Ends the string that the pieces since the last call make up. */
        public Builder end() {
            addOffset(start);
            reserve(1);
            bytes[length++] = 0;
            start = length;
            return this;
        }

        /** The strings. */
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

        /** A NUL would end the string early and begin another one of the client's making. */
        private static byte notNul(byte octet) {
            if (octet == 0) {
                throw new IllegalArgumentException("NUL in an argument or environment variable");
            }
            return octet;
        }
    }
}
