// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.text;

import java.util.HexFormat;

/** Makes text from a registry, a file or a helper program safe for messages. */
public final class Foreign {

    private static final int MAX = 120;

    private Foreign() {}

    /** Returns the first 120 characters in quotes, with everything but printable ASCII escaped. */
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
