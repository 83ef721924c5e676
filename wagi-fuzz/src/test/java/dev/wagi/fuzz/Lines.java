// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Represents an input as lines of text, with one {@code char} per octet, so that people can read and write it. */
public final class Lines {

    private Lines() {}

    /** Returns the lines without their line feeds; all other control characters are kept. */
    public static List<String> of(byte[] input) {
        List<String> lines = new ArrayList<>();
        String text = new String(input, StandardCharsets.ISO_8859_1);
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        lines.add(text.substring(start));
        return lines;
    }
}
