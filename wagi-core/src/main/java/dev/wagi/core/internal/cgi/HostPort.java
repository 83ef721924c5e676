// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.util.Locale;
import java.util.Optional;

/**
 * A host and an optional port, as in a Host header.
 *
 * @param host a name or address in lower case; a name has no final dot, an IPv6 address has brackets
 * @param port 0 to 65535, or -1 if none is given
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2">RFC 3986, section 3.2.2</a>
 */
public record HostPort(String host, int port) {

    private static final int MAX_LENGTH = 300;

    /** The characters of a name or an IPv4 address: unreserved characters, sub-delimiters and percent. */
    private static final boolean[] IN_NAME = characters('z', "._~!$&'()*+,;=%-");

    private static final boolean[] IN_ADDRESS = characters('f', ":.");

    /** Returns which characters are digits, letters up to the given one, or others. */
    private static boolean[] characters(char last, String others) {
        boolean[] allowed = new boolean[0x80];
        for (char c = 0; c < allowed.length; c++) {
            char lower = Character.toLowerCase(c);
            allowed[c] = c >= '0' && c <= '9' || lower >= 'a' && lower <= last || others.indexOf(c) >= 0;
        }
        return allowed;
    }

    /**
     * Parses {@code host}, {@code host:port}, {@code [v6]} or {@code [v6]:port}; returns empty if the text is none of
     * them.
     */
    public static Optional<HostPort> parse(String text) {
        boolean v6 = text.startsWith("[");
        int end = v6 ? text.indexOf(']') + 1 : text.indexOf(':') < 0 ? text.length() : text.indexOf(':');
        if (text.length() > MAX_LENGTH || end < (v6 ? 3 : 1) || !isHost(text, end, v6)) {
            return Optional.empty();
        }
        int port = end == text.length() ? -1 : parsePort(text, end);
        if (port > 0xffff) {
            return Optional.empty();
        }
        int length = !v6 && end > 1 && text.charAt(end - 1) == '.' ? end - 1 : end;
        // Host names are compared without regard to case (RFC 9110, section 4.2.3).
        return Optional.of(new HostPort(text.substring(0, length).toLowerCase(Locale.ROOT), port));
    }

    /**
     * Returns this host with a port: the given one, else its own, else the scheme's default.
     *
     * @param known 1 to 65535, or any other value for none
     */
    HostPort withPort(int known, String scheme) {
        if (known > 0) {
            return new HostPort(host, known);
        }
        return port >= 0 ? this : new HostPort(host, scheme.equals("https") ? 443 : 80);
    }

    private static boolean isHost(String text, int end, boolean v6) {
        boolean[] allowed = v6 ? IN_ADDRESS : IN_NAME;
        for (int i = v6 ? 1 : 0; i < (v6 ? end - 1 : end); i++) {
            char c = text.charAt(i);
            if (c >= allowed.length || !allowed[c]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Parses the part after the host, a colon and up to five digits; returns a number above the port range if it is
     * malformed.
     */
    private static int parsePort(String text, int colon) {
        if (text.charAt(colon) != ':' || text.length() - colon > 6) {
            return Integer.MAX_VALUE;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return Integer.MAX_VALUE;
            }
            port = port * 10 + c - '0';
        }
        return colon + 1 == text.length() ? -1 : port;
    }

    /** Returns the text that {@link #parse} parses to this value. */
    @Override
    public String toString() {
        return port < 0 ? host : host + ":" + port;
    }
}
