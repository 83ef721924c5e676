// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.api.WagiRequest;
import java.util.List;

/** Makes requests of text, as {@code wagi request} does. */
@FunctionalInterface
public interface RequestFactory {

    /**
     * Makes a request.
     *
     * @param method the method
     * @param url a path, or a URL
     * @param fields header fields as text, each of them
     * @param body the body; empty for none
     * @throws IllegalArgumentException if one of them is none; the message begins with it, and says what to write
     */
    WagiRequest request(String method, String url, List<String> fields, byte[] body);
}
