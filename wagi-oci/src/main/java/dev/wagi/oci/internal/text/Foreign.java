// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.text;

import java.util.HexFormat;

/** What a registry, a file or a helper program wrote, made fit for a message. */
public final class Foreign {

    private static final int MAX = 120;

    private Foreign() {}

    /** The first 120 characters in quotes, everything but printable ASCII escaped. */
    public static String quoted(String text) {
        StringBuilder safe = new StringBuilder("\"");
        for (int i = 0; i < Math.min(text.length(), MAX); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                safe.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                safe.append(c);
            } else {
                safe.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
        return safe.append(text.length() > MAX ? "\"..." : "\"").toString();
    }
}
