// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A response in a form that every transport can deliver.
 *
 * @param whole false if the client could detect that the body is incomplete
 */
record Answer(int status, HttpHeaders headers, byte[] body, boolean whole) {

    /** The body, one {@code char} per octet. */
    String text() {
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    List<String> lines() {
        return text().lines().toList();
    }

    /** Returns the only value of a field; empty if there is none. */
    String field(String name) {
        return String.join(" | ", headers.allValues(name));
    }
}
