// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.cli.option.Constants;

/** What the console may do. */
public enum ConsoleMode {
    /** There is none, and nothing is collected for it. */
    OFF,
    /** It shows, and sends no requests. */
    READ_ONLY,
    /** It also has a form that sends test requests. */
    FULL;

    /**
     * Reads a mode.
     *
     * @throws IllegalArgumentException if it is none; the message continues a sentence that begins with the text
     */
    public static ConsoleMode parse(String text) {
        return Constants.parse(ConsoleMode.class, text, "is neither off, read-only nor full");
    }
}
