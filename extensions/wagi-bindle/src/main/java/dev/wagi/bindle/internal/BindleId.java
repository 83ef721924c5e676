// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The name and version of a bindle: {@code example.com/hello/1.0.0}. The version is the part after the last slash. The
 * text is used in paths and URLs unchanged, so characters that would change their meaning are refused.
 *
 * @param text the name, a slash and the version
 */
record BindleId(String text) {

    private static final int MAX_LENGTH = 512;

    private static final Pattern FORM =
            Pattern.compile("(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)+[A-Za-z0-9][A-Za-z0-9.+_~-]*");

    /**
     * Parses an id; the inverse of {@link #toString}.
     *
     * @throws IllegalArgumentException if the text is malformed; the message says what to write instead
     */
    static BindleId parse(String text) {
        if (text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not the name and version of a bindle; write for instance \"example.com/hello/1.0.0\"");
        }
        return new BindleId(text);
    }

    /** Returns the name of the directory of a standalone bindle. */
    String sha256() {
        return Intake.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return text;
    }
}
