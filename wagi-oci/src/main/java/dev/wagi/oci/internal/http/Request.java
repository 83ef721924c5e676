// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request, which can be sent any number of times.
 *
 * @param fields the header fields, without Authorization
 * @param authorization the Authorization field, which is sent only to the origin of {@code uri}
 * @param body the body, or null if there is none
 */
public record Request(
        String method,
        URI uri,
        Map<String, String> fields,
        @Nullable String authorization,
        @Nullable Body body) {

    /** A part of an array. */
    public record Body(byte[] bytes, int offset, int length) {}

    /** Copies the fields. */
    public Request {
        fields = Map.copyOf(fields);
    }

    /** Returns a request without header fields and body. */
    public static Request of(String method, URI uri) {
        return new Request(method, uri, Map.of(), null, null);
    }

    /** Returns a copy with an additional header field. */
    public Request with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Request(method, uri, more, authorization, body);
    }

    /** Returns a copy with this Authorization field, or without one. */
    public Request authorized(@Nullable String value) {
        return new Request(method, uri, fields, value, body);
    }

    /** Returns a copy with this body. */
    public Request with(Body content) {
        return new Request(method, uri, fields, authorization, content);
    }

    Request to(URI other, boolean keepAuthorization) {
        return new Request(method, other, fields, keepAuthorization ? authorization : null, body);
    }

    boolean isSafe() {
        return method.equals("GET") || method.equals("HEAD");
    }
}
