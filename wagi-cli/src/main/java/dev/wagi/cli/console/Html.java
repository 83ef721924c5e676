// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import java.util.Locale;

/** Writes a page. Whatever was not written for it here is escaped, and what cannot be seen is shown. Not thread-safe. */
final class Html {

    private final StringBuilder out = new StringBuilder(32 << 10);

    /** Markup of our own; never what a configuration, a client or a guest says. */
    Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Text on one line, and the value of an attribute in double quotes. */
    Html text(String text) {
        escape(text, false);
        return this;
    }

    Html text(long number) {
        out.append(number);
        return this;
    }

    /** Text whose lines and tabs stay, for an element {@code pre} or {@code textarea}. */
    Html lines(String text) {
        escape(text, true);
        return this;
    }

    private void escape(String text, boolean lines) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> {
                    if (lines && (c == '\n' || c == '\t') || !isHidden(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(String.format(Locale.ROOT, c <= 0xff ? "\\x%02x" : "\\u%04x", c));
                    }
                }
            }
        }
    }

    /** Controls, marks of direction and the like, halves of a pair, and what is no character. */
    private static boolean isHidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
