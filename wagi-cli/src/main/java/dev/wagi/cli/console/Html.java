// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import java.util.Locale;

/**
 * Writes a page. Whatever was not written for it here is escaped, and what cannot be seen is shown except where it is
 * edited. Not thread-safe.
 */
final class Html {

    private final StringBuilder out = new StringBuilder(32 << 10);

    /** Markup of our own; never what a configuration, a client or a guest says. */
    Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** How text is shown. */
    private enum Form {
        LINE,
        LINES,
        /** As it is, because it will be sent again. */
        EDITED
    }

    /** Text on one line, and the value of an attribute in double quotes. */
    Html text(String text) {
        escape(text, Form.LINE);
        return this;
    }

    Html text(long number) {
        out.append(number);
        return this;
    }

    /** Text whose lines and tabs stay, for an element {@code pre}. */
    Html lines(String text) {
        escape(text, Form.LINES);
        return this;
    }

    /**
     * What a person edits, for the value of an {@code input} and an element {@code textarea}: a browser reads and sends
     * the same characters.
     */
    Html edited(String text) {
        escape(text, Form.EDITED);
        return this;
    }

    private void escape(String text, Form form) {
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
                    if (form == Form.EDITED || form == Form.LINES && (c == '\n' || c == '\t') || !isHidden(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(String.format(Locale.ROOT, c <= 0xff ? "\\x%02x" : "\\u%04x", c));
                    }
                }
            }
        }
    }

    /** Returns whether some of a text cannot be seen. */
    static boolean hasHidden(String text) {
        return text.codePoints().anyMatch(Html::isHidden);
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
