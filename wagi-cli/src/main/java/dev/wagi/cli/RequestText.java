// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes requests of text, as people write it. */
final class RequestText {

    private RequestText() {}

    /**
     * Makes a request; a body without a Content-Type is a form, as in curl.
     *
     * @param fields header fields
     * @param body null for none
     * @throws IllegalArgumentException if method or fields are none; the message begins with them, and says what to
     *     write
     */
    static WagiRequest request(String method, RequestUrl url, List<String> fields, byte @Nullable [] body) {
        if (!Headers.isToken(method)) {
            throw new IllegalArgumentException("\"" + method + "\" is not a method; write for instance GET");
        }
        Headers headers = headers(fields);
        WagiRequest.Builder request =
                WagiRequest.builder(method, url.target()).scheme(url.scheme()).addHeaders(headers);
        if (!url.host().isEmpty() && headers.first("Host").isEmpty()) {
            request.addHeader("Host", url.host());
        }
        if (body != null) {
            request.body(body);
            if (headers.first("Content-Type").isEmpty()) {
                request.addHeader("Content-Type", "application/x-www-form-urlencoded");
            }
        }
        return request.build();
    }

    private static Headers headers(List<String> fields) {
        Headers.Builder headers = Headers.builder();
        for (String field : fields) {
            int colon = field.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException(
                        "\"" + field + "\" is not a header field; write for instance 'Accept: text/html'");
            }
            try {
                headers.add(
                        field.substring(0, colon),
                        octets(field.substring(colon + 1).strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("\"" + field + "\" is not a header field: " + e.getMessage(), e);
            }
        }
        return headers.build();
    }

    /** A field's value as a client would send it: UTF-8, one {@code char} per octet. */
    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
