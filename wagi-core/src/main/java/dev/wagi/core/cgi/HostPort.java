// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.cgi;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and perhaps a port, as in a Host header.
 *
 * @param host a name or address; IPv6 in brackets
 * @param port 0 to 65535, or -1 if none is given
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2">RFC 3986, section 3.2.2</a>
 */
public record HostPort(String host, int port) {

    private static final Pattern FORM =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::([0-9]{0,5}))?");

    /** Reads {@code host}, {@code host:port}, {@code [v6]} or {@code [v6]:port}; empty if it is none of them. */
    public static Optional<HostPort> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (text.length() > 300 || !matcher.matches()) {
            return Optional.empty();
        }
        String digits = matcher.group(2);
        int port = digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits);
        return port > 0xffff ? Optional.empty() : Optional.of(new HostPort(matcher.group(1), port));
    }

    /** The inverse of {@link #parse}. */
    @Override
    public String toString() {
        return port < 0 ? host : host + ":" + port;
    }
}
