// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The environment variable of a header.
 *
 * @param header the header's name in lower case
 * @param name the variable's name
 * @param key {@code NAME=}, encoded
 */
record HeaderVariable(String header, String name, byte[] key) {

    /**
     * Headers that describe the connection or hold credentials, those with a variable of their own, and Proxy, which
     * would become HTTP_PROXY, which many HTTP clients obey (httpoxy).
     */
    private static final Set<String> WITHHELD = Set.of(
            "connection",
            "content-length",
            "content-type",
            "keep-alive",
            "proxy",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** The headers that clients usually send, in the two usual spellings. */
    private static final Map<String, HeaderVariable> USUAL = new HashMap<>();

    static {
        for (String header : List.of(
                "Accept",
                "Accept-Encoding",
                "Accept-Language",
                "Authorization",
                "Cache-Control",
                "Cookie",
                "DNT",
                "Forwarded",
                "Host",
                "If-Modified-Since",
                "If-None-Match",
                "Origin",
                "Pragma",
                "Priority",
                "Range",
                "Referer",
                "Sec-Fetch-Dest",
                "Sec-Fetch-Mode",
                "Sec-Fetch-Site",
                "Sec-Fetch-User",
                "Traceparent",
                "Upgrade-Insecure-Requests",
                "User-Agent",
                "Via",
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "X-Forwarded-Proto",
                "X-Real-Ip",
                "X-Requested-With")) {
            HeaderVariable variable = make(header);
            USUAL.put(header, variable);
            USUAL.put(header.toLowerCase(Locale.ROOT), variable);
        }
    }

    /** Returns the variable of a header, or null if no route may see it. */
    static @Nullable HeaderVariable of(String header) {
        HeaderVariable usual = USUAL.get(header);
        if (usual != null) {
            return usual;
        }
        // A name with an underscore would map to the variable of another header.
        return header.indexOf('_') >= 0 || WITHHELD.contains(header.toLowerCase(Locale.ROOT)) ? null : make(header);
    }

    private static HeaderVariable make(String header) {
        String name =
                MetaVariable.HEADER_PREFIX + header.toUpperCase(Locale.ROOT).replace('-', '_');
        return new HeaderVariable(header.toLowerCase(Locale.ROOT), name, (name + "=").getBytes(StandardCharsets.UTF_8));
    }

    String separator() {
        return header.equals("cookie") ? "; " : ", ";
    }
}
