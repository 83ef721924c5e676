// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Name and version of a bindle: {@code example.com/hello/1.0.0}. The version is what follows the last slash. It goes into
 * paths and URLs as it stands, so what would change their meaning is refused.
 *
 * @param text name, slash, version
 */
record BindleId(String text) {

    private static final int MAX_LENGTH = 512;

    private static final Pattern FORM =
            Pattern.compile("(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)+[A-Za-z0-9][A-Za-z0-9.+_~-]*");

    /**
     * Reads the inverse of {@link #toString}.
     *
     * @throws IllegalArgumentException if it is none; the text says what to write instead
     */
    static BindleId parse(String text) {
        if (text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not the name and version of a bindle; write for instance \"example.com/hello/1.0.0\"");
        }
        return new BindleId(text);
    }

    /** What a standalone bindle's directory is called. */
    String sha256() {
        return Intake.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return text;
    }
}
