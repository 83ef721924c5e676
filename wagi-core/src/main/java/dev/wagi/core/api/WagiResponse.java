// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.nio.charset.StandardCharsets;

/**
 * A complete response in memory, the answer of {@code Wagi.handle(request)}.
 *
 * @param status the status code, 200 to 599
 * @param headers the fields to send, without framing (Content-Length, Transfer-Encoding), which is the transport's
 * @param body the body; the array is the caller's
 */
public record WagiResponse(int status, Headers headers, byte[] body) {

    /** The body read as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
