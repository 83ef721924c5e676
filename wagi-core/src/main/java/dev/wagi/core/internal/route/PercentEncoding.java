// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Decodes raw paths, strictly and exactly once. */
final class PercentEncoding {

    /** Represents a decoded slash in a key; NUL cannot occur otherwise, because paths that contain it are refused. */
    static final char ENCODED_SLASH = '\0';

    private PercentEncoding() {}

    /**
     * Decodes percent-encoded octets and UTF-8. A decoded slash becomes {@link #ENCODED_SLASH}, so that slashes in the
     * result are exactly the slashes of the raw text.
     *
     * @param raw one {@code char} per octet
     * @return the text, or null if an escape is malformed, an octet is not allowed in a path, NUL is encoded, or the
     *     octets are not UTF-8
     */
    static @Nullable String decode(String raw) {
        byte[] octets = new byte[raw.length()];
        int length = 0;
        boolean plain = true;
        for (int i = 0; i < raw.length(); i++) {
            int c = raw.charAt(i);
            if (c <= ' ' || c == 0x7f || c > 0xff) {
                return null;
            }
            if (c == '%') {
                boolean complete = i + 2 < raw.length();
                int high = complete ? hex(raw.charAt(i + 1)) : -1;
                int low = complete ? hex(raw.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                c = high << 4 | low;
                if (c == 0) {
                    return null;
                }
                if (c == '/') {
                    c = ENCODED_SLASH;
                }
                i += 2;
                plain = false;
            }
            plain &= c < 0x80;
            octets[length++] = (byte) c;
        }
        if (plain) {
            return raw;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static int hex(char c) {
        return Character.digit(c, 16) >= 0 && c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
