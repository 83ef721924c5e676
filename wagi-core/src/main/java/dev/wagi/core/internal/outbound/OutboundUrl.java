// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The parts of a URL that a guest requests, parsed once. Requests are built from these parts and never from the text,
 * so that the text cannot be interpreted differently elsewhere.
 *
 * @param scheme in lower case; any
 * @param host the host
 * @param port as written, or the scheme's default; -1 if it has none
 * @param path path and query, beginning with a slash; only characters of RFC 3986, others are percent-encoded
 */
record OutboundUrl(String scheme, HostName host, int port, String path) {

    private static final int MAX_LENGTH = 8192;
    private static final int MAX_PORT = 65535;

    /**
     * Parses a URL.
     *
     * @throws MalformedUrlException if it is malformed, contains user information, or is ambiguous
     */
    static OutboundUrl parse(String text) throws MalformedUrlException {
        checkCharacters(text);
        int colon = text.indexOf(':');
        if (colon <= 0 || !isScheme(text.substring(0, colon))) {
            throw new MalformedUrlException("it has no scheme");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!text.startsWith("//", colon + 1)) {
            throw new MalformedUrlException("it has no host");
        }
        int start = colon + 3;
        int end = start;
        while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String authority = text.substring(start, end);
        if (authority.indexOf('@') >= 0) {
            throw new MalformedUrlException("it contains user information");
        }
        int portAt = authority.lastIndexOf(':');
        if (portAt >= 0 && authority.indexOf(']') > portAt) {
            portAt = -1;
        }
        HostName host = HostName.parse(portAt < 0 ? authority : authority.substring(0, portAt));
        int port = portAt < 0 ? defaultPort(scheme) : port(authority.substring(portAt + 1), scheme);
        return new OutboundUrl(scheme, host, port, path(text.substring(end)));
    }

    /**
     * Resolves the Location field of a response to a request for this URL (RFC 3986, section 5.2).
     *
     * @throws MalformedUrlException as {@link #parse}
     */
    OutboundUrl resolve(String reference) throws MalformedUrlException {
        checkCharacters(reference);
        int colon = reference.indexOf(':');
        if (colon > 0 && isScheme(reference.substring(0, colon))) {
            return parse(reference);
        }
        if (reference.startsWith("//")) {
            return parse(scheme + ":" + reference);
        }
        int fragment = reference.indexOf('#');
        String target = fragment < 0 ? reference : reference.substring(0, fragment);
        int query = path.indexOf('?');
        String ownPath = query < 0 ? path : path.substring(0, query);
        if (target.isEmpty()) {
            return this;
        }
        if (target.startsWith("?")) {
            return new OutboundUrl(scheme, host, port, path(ownPath + target));
        }
        String joined = target.startsWith("/") ? target : ownPath.substring(0, ownPath.lastIndexOf('/') + 1) + target;
        int joinedQuery = joined.indexOf('?');
        String plain = joinedQuery < 0 ? joined : joined.substring(0, joinedQuery);
        String rest = joinedQuery < 0 ? "" : joined.substring(joinedQuery);
        return new OutboundUrl(scheme, host, port, path(withoutDots(plain) + rest));
    }

    /** Returns whether it has the same origin: scheme, host and port (RFC 6454). */
    boolean isSameOrigin(OutboundUrl other) {
        return scheme.equals(other.scheme) && host.equals(other.host) && port == other.port;
    }

    /** Returns whether the scheme is http or https. */
    boolean isHttp() {
        return scheme.equals("http") || scheme.equals("https");
    }

    /** Returns scheme, host and port, which are safe to show in messages. */
    String origin() {
        return scheme + "://" + host.inUrl() + (port == defaultPort(scheme) ? "" : ":" + port);
    }

    URI toUri() {
        return URI.create(origin() + path);
    }

    /** Returns -1 if the scheme has no default port. */
    static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
        };
    }

    /**
     * Parses a port.
     *
     * @throws MalformedUrlException if it is malformed
     */
    static int port(String text, String scheme) throws MalformedUrlException {
        if (text.isEmpty()) {
            return defaultPort(scheme);
        }
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) == 0 || Integer.parseInt(text) > MAX_PORT) {
            throw new MalformedUrlException("its port is not a number from 1 to 65535");
        }
        return Integer.parseInt(text);
    }

    private static void checkCharacters(String text) throws MalformedUrlException {
        if (text.length() > MAX_LENGTH) {
            throw new MalformedUrlException("it is longer than " + MAX_LENGTH + " characters");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Some parsers treat a backslash as a slash, and drop tabs and line ends.
            if (c <= ' ' || c == 0x7f || c == '\\') {
                throw new MalformedUrlException("it has a space, a backslash or a control character");
            }
        }
    }

    private static boolean isScheme(String text) {
        return text.matches("[A-Za-z][A-Za-z0-9+.-]*");
    }

    /** Returns path and query without the fragment. */
    private static String path(String text) throws MalformedUrlException {
        int fragment = text.indexOf('#');
        String raw = fragment < 0 ? text : text.substring(0, fragment);
        if (!raw.startsWith("/")) {
            raw = "/" + raw;
        }
        StringBuilder path = new StringBuilder(raw.length());
        byte[] octets = raw.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < octets.length; i++) {
            int c = octets[i] & 0xff;
            if (c == '%' && !isEscape(octets, i)) {
                throw new MalformedUrlException("it has a malformed percent-encoding");
            }
            if (c >= 0x80 || "\"<>[]^`{|}".indexOf(c) >= 0) {
                path.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            } else {
                path.append((char) c);
            }
        }
        return path.toString();
    }

    private static boolean isEscape(byte[] octets, int at) {
        return at + 2 < octets.length && HexFormat.isHexDigit(octets[at + 1]) && HexFormat.isHexDigit(octets[at + 2]);
    }

    /** Removes dot segments (RFC 3986, section 5.2.4). */
    private static String withoutDots(String path) {
        StringBuilder result = new StringBuilder();
        String[] segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            boolean last = i == segments.length - 1;
            if (segments[i].equals("..")) {
                result.setLength(Math.max(result.lastIndexOf("/"), 0));
            } else if (!segments[i].equals(".")) {
                result.append('/').append(segments[i]);
                continue;
            }
            if (last) {
                result.append('/');
            }
        }
        return result.isEmpty() ? "/" : result.toString();
    }

    @Override
    public String toString() {
        return origin() + path;
    }
}
