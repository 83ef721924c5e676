// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import dev.wagi.cli.option.Constants;

/** What a line of the log looks like. */
public enum LogFormat {
    /** A line for people: time, level, the last part of the logger's name, message. */
    TEXT,
    /** An object of JSON for programs, in a line of its own. */
    JSON;

    /**
     * Reads an option's value.
     *
     * @throws IllegalArgumentException if it is none of them; its message goes on from the value
     */
    public static LogFormat parse(String text) {
        return Constants.parse(LogFormat.class, text, "is not a format of the log; write text or json");
    }
}
