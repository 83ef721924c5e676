// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.util.regex.Pattern;

/**
 * A number of something.
 *
 * @param value 1 to 999 999 999
 */
record Count(int value) {

    private static final Pattern FORM = Pattern.compile("0*[1-9][0-9]{0,8}");

    /**
     * Reads a decimal number.
     *
     * @throws IllegalArgumentException if it is none, or 0, or has more than nine digits
     */
    static Count parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("is not a number from 1 to 999999999; write for instance \"100\"");
        }
        return new Count(Integer.parseInt(text));
    }
}
