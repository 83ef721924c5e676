// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request; it can be sent any number of times.
 *
 * @param fields its header, without Authorization
 * @param authorization the Authorization field, which goes to the origin of {@code uri} only
 * @param body the bytes, or null for none
 */
public record Request(
        String method,
        URI uri,
        Map<String, String> fields,
        @Nullable String authorization,
        @Nullable Body body) {

    /** A part of an array. */
    public record Body(byte[] bytes, int offset, int length) {}

    /** Copies. */
    public Request {
        fields = Map.copyOf(fields);
    }

    /** Without header and body. */
    public static Request of(String method, URI uri) {
        return new Request(method, uri, Map.of(), null, null);
    }

    /** With one more field. */
    public Request with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Request(method, uri, more, authorization, body);
    }

    /** With this Authorization, or without any. */
    public Request authorized(@Nullable String value) {
        return new Request(method, uri, fields, value, body);
    }

    /** With a body. */
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
