// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.api.WagiRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What was written into the form. Lines end with LF, as in a file: browsers send CRLF.
 *
 * @param headers fields, one on each line
 */
record Draft(String method, String path, String headers, String body) {

    Draft {
        headers = lines(headers);
        body = lines(body);
    }

    private static String lines(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n');
    }

    static final Draft EMPTY = new Draft("GET", "/", "", "");

    /** What a field may have, in characters. */
    static final int MOST_METHOD = 32;

    static final int MOST_PATH = 4 << 10;
    static final int MOST_HEADERS = 16 << 10;
    static final int MOST_BODY = 32 << 10;

    /** Returns what is wrong, with the remedy; empty if nothing is. */
    String problem() {
        return method.length() > MOST_METHOD
                ? tooLong("The method", MOST_METHOD)
                : path.length() > MOST_PATH
                        ? tooLong("The path", MOST_PATH)
                        : headers.length() > MOST_HEADERS
                                ? tooLong("The header", MOST_HEADERS)
                                : body.length() > MOST_BODY ? tooLong("The body", MOST_BODY) : "";
    }

    private static String tooLong(String what, int most) {
        return what + " is longer than " + most + " characters; shorten it, or use curl.";
    }

    /** Says what a form may have that is too long to be read, in bytes as it was sent. */
    static String allTooLong(long length) {
        return "The form has " + length + " bytes, and was not read. The path may have " + MOST_PATH
                + " characters, the header " + MOST_HEADERS + " and the body " + MOST_BODY
                + "; shorten them, or use curl.";
    }

    /** Returns the same with another path. */
    Draft withPath(String other) {
        return new Draft(method, other, headers, body);
    }

    /**
     * Makes the request.
     *
     * @throws IllegalArgumentException if it is none
     */
    WagiRequest request(RequestFactory factory) {
        List<String> fields = headers.lines()
                .filter(line -> !line.isBlank())
                .map(String::strip)
                .toList();
        return factory.request(method, path, fields, body.getBytes(StandardCharsets.UTF_8));
    }
}
