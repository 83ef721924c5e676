// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A response as every transport can deliver it.
 *
 * @param whole false if the client could tell that the body is not
 */
record Answer(int status, HttpHeaders headers, byte[] body, boolean whole) {

    /** The body, one {@code char} per octet. */
    String text() {
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    List<String> lines() {
        return text().lines().toList();
    }

    /** The only value of a field; empty if there is none. */
    String field(String name) {
        return String.join(" | ", headers.allValues(name));
    }
}
