// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Escapes text of guests and clients for log lines. */
public final class Escape {

    private static final int MAX = 120;

    private Escape() {}

    /** Returns the beginning of the bytes in quotes; see {@link #forLog(String)}. */
    public static String forLog(byte[] bytes, int length) {
        return forLog(new String(bytes, 0, Math.min(length, MAX + 1), StandardCharsets.ISO_8859_1));
    }

    /** Returns the first 120 characters in quotes, with everything except printable ASCII escaped. */
    public static String forLog(String text) {
        StringBuilder safe = new StringBuilder("\"");
        for (int i = 0; i < Math.min(text.length(), MAX); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                safe.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                safe.append(c);
            } else {
                control(c, safe);
            }
        }
        return safe.append(text.length() > MAX ? "\"..." : "\"").toString();
    }

    /** Returns the first 120 characters as {@link #line} does, without quotes; for names that are usually harmless. */
    public static String text(String text) {
        return text.length() > MAX ? line(text.substring(0, MAX)) + "..." : line(text);
    }

    /**
     * Returns a whole line with its control characters escaped, including C1 and the Unicode line and direction marks;
     * other text stays readable.
     */
    public static String line(String text) {
        int clean = 0;
        while (clean < text.length() && !isControl(text.charAt(clean))) {
            clean++;
        }
        if (clean == text.length()) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isControl(c)) {
                control(c, safe);
            } else {
                safe.append(c);
            }
        }
        return safe.toString();
    }

    private static boolean isControl(char c) {
        return c < ' ' && c != '\t'
                || c >= 0x7f && c <= 0x9f
                || c == 0x061c
                || c >= 0x200e && c <= 0x200f
                || c >= 0x2028 && c <= 0x202e
                || c >= 0x2066 && c <= 0x206f;
    }

    private static void control(char c, StringBuilder safe) {
        switch (c) {
            case '\n' -> safe.append("\\n");
            case '\r' -> safe.append("\\r");
            case '\t' -> safe.append("\\t");
            default -> {
                HexFormat hex = HexFormat.of();
                if (c <= 0xff) {
                    safe.append("\\x").append(hex.toHexDigits((byte) c));
                } else {
                    safe.append("\\u").append(hex.toHexDigits(c));
                }
            }
        }
    }
}
