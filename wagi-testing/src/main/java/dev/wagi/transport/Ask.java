// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A request in a form that every transport can carry.
 *
 * @param path the raw path below the base of the routes, with the query
 * @param fields name, value, name, value
 * @param announced whether the length of the body is sent before it
 */
record Ask(String method, String path, List<String> fields, byte[] body, boolean announced) {

    static Ask get(String path) {
        return new Ask("GET", path, List.of(), new byte[0], true);
    }

    static Ask post(String path, byte[] body) {
        return new Ask("POST", path, List.of(), body, true);
    }

    static Ask post(String path, String body) {
        return post(path, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    Ask method(String other) {
        return new Ask(other, path, fields, body, announced);
    }

    Ask field(String name, String value) {
        List<String> more = new ArrayList<>(fields);
        more.add(name);
        more.add(value);
        return new Ask(method, path, more, body, announced);
    }

    Ask unannounced() {
        return new Ask(method, path, fields, body, false);
    }
}
