// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What to request.
 *
 * <pre>
 * http://localhost:8080/hello?x=1    scheme "http", host "localhost:8080", target "/hello?x=1"
 * /hello?x=1                         scheme "http", host "",               target "/hello?x=1"
 * </pre>
 *
 * @param scheme {@code http} or {@code https}
 * @param host host and perhaps port, as in a Host header; empty for the configuration's default host
 * @param target raw path and query; what a URL cannot hold is percent-encoded as UTF-8
 */
record RequestUrl(String scheme, String host, String target) {

    private static final String NEITHER =
            "is neither a path nor a URL; write for instance \"/hello?x=1\" or \"http://localhost/hello?x=1\"";

    private static final Pattern FORM = Pattern.compile(
            "(?:(?<scheme>https?)://(?<host>[^/?#@\\s]+)(?=[/?#]|$))?(?<target>[^#]*)(?:#.*)?", Pattern.DOTALL);

    /**
     * Reads a URL or a path.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static RequestUrl parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(NEITHER);
        }
        String scheme = matcher.group("scheme");
        String target = matcher.group("target");
        if (scheme != null && !target.startsWith("/")) {
            target = "/" + target;
        }
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException(NEITHER);
        }
        return scheme == null
                ? new RequestUrl("http", "", encode(target))
                : new RequestUrl(scheme, matcher.group("host"), encode(target));
    }

    private static String encode(String target) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : target.getBytes(StandardCharsets.UTF_8)) {
            if (octet > ' ' && octet != 0x7f) {
                encoded.append((char) octet);
            } else {
                encoded.append('%')
                        .append(Character.toUpperCase(Character.forDigit(octet >> 4 & 0xf, 16)))
                        .append(Character.toUpperCase(Character.forDigit(octet & 0xf, 16)));
            }
        }
        return encoded.toString();
    }
}
