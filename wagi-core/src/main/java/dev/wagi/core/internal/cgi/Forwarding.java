// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses the header fields in which proxies describe the origin of a request: {@code X-Forwarded-*}, and
 * {@code Forwarded} where those are missing. Only trusted proxies count; {@link TrustedProxies} decides which those
 * are.
 *
 * <p>Every proxy appends to the list, so the last element comes from the proxy that is connected to this host.
 *
 * <pre>
 * X-Forwarded-For: 203.0.113.7, 10.0.0.1         hop 1 is 10.0.0.1, hop 2 is 203.0.113.7
 * X-Forwarded-Proto: https, http                 of hop 2: https; a single element applies to all hops
 * Forwarded: for=203.0.113.7;proto=https, for=10.0.0.1
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239</a>
 */
final class Forwarding {

    private static final int MAX_PORT = 0xffff;

    /** Segments that need no encoding, none of them consisting of dots only. */
    private static final Pattern CLEAN_PATH =
            Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+){1,64}+");

    private final @Nullable List<String> clients;
    private final Map<String, List<String>> fields;
    private final @Nullable List<Map<String, String>> elements;

    private Forwarding(Map<String, List<String>> fields, @Nullable List<Map<String, String>> elements) {
        this.fields = fields;
        this.clients = fields.get("x-forwarded-for");
        this.elements = elements;
    }

    /** The origin of a request at one hop: an address in text form, and a port or -1. */
    record Node(String address, int port) {

        /**
         * Parses {@code address}, {@code address:port}, {@code v6} and {@code [v6]:port}, each optionally quoted.
         *
         * @return null if it is something else, for instance {@code unknown} or an obfuscated name
         */
        static @Nullable Node parse(String text) {
            String node = text.strip();
            if (node.length() > 1 && node.startsWith("\"") && node.endsWith("\"")) {
                node = node.substring(1, node.length() - 1);
            }
            String address = node;
            String port = "";
            int colon = node.indexOf(':');
            if (node.startsWith("[")) {
                int end = node.indexOf(']');
                if (end < 0 || end + 1 < node.length() && node.charAt(end + 1) != ':') {
                    return null;
                }
                address = node.substring(1, end);
                port = end + 1 < node.length() ? node.substring(end + 2) : "";
                if (address.indexOf(':') < 0 || end + 2 == node.length()) {
                    return null;
                }
            } else if (colon >= 0 && node.indexOf(':', colon + 1) < 0) {
                address = node.substring(0, colon);
                port = node.substring(colon + 1);
                if (port.isEmpty()) {
                    return null;
                }
            }
            byte[] bytes = IpAddress.parse(address);
            int number = port.startsWith("_") || port.isEmpty() ? -1 : number(port);
            return bytes == null || number == 0 ? null : new Node(IpAddress.format(bytes), number);
        }
    }

    /** Parses the fields; returns null if there are none. */
    static @Nullable Forwarding of(Headers headers) {
        Map<String, List<String>> lists = new HashMap<>();
        StringBuilder forwarded = null;
        for (Headers.Field field : headers.fields()) {
            String name = field.name();
            if (name.regionMatches(true, 0, "X-Forwarded-", 0, "X-Forwarded-".length())) {
                List<String> list = lists.computeIfAbsent(name.toLowerCase(Locale.ROOT), key -> new ArrayList<>());
                for (String element : field.value().split(",", -1)) {
                    list.add(element.strip());
                }
            } else if (name.equalsIgnoreCase("Forwarded")) {
                forwarded = forwarded == null ? new StringBuilder() : forwarded.append(',');
                forwarded.append(field.value());
            }
        }
        if (forwarded == null) {
            return lists.isEmpty() ? null : new Forwarding(lists, null);
        }
        return new Forwarding(lists, elements(forwarded.toString()));
    }

    /** Returns the number of hops that the fields describe. */
    int hops() {
        return clients != null ? clients.size() : elements != null ? elements.size() : 0;
    }

    /**
     * Returns the origin of the request at a hop.
     *
     * @param hop from 1, the proxy that is connected to this host
     * @return null if it cannot be parsed
     */
    @Nullable
    Node client(int hop) {
        if (clients != null) {
            return Node.parse(clients.get(clients.size() - hop));
        }
        if (elements == null) {
            return null;
        }
        String node = elements.get(elements.size() - hop).get("for");
        return node == null ? null : Node.parse(node);
    }

    /** Returns {@code http} or {@code https}, or null if the scheme is not given. */
    @Nullable
    String scheme(int hop) {
        String scheme = value("x-forwarded-proto", "proto", hop);
        return scheme == null
                ? null
                : switch (scheme.toLowerCase(Locale.ROOT)) {
                    case "http", "ws" -> "http";
                    case "https", "wss" -> "https";
                    default -> null;
                };
    }

    /** Returns the client's Host field, unchecked, or null if it is not given. */
    @Nullable
    String host(int hop) {
        return value("x-forwarded-host", "host", hop);
    }

    /** Returns the port that the client connected to, or 0 if it is not given. */
    int port(int hop) {
        String port = value("x-forwarded-port", "", hop);
        return port == null ? 0 : number(port);
    }

    /**
     * Returns the prefix that a proxy removed from the path, without a trailing slash; null if it is not given, or is
     * not a path.
     */
    @Nullable
    String prefix(int hop) {
        String prefix = value("x-forwarded-prefix", "", hop);
        if (prefix == null) {
            return null;
        }
        String path = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
        return CLEAN_PATH.matcher(path).matches() ? path : null;
    }

    /**
     * Returns the element of the outermost trusted proxy; a single element was set rather than appended, so it applies
     * to all hops.
     */
    private @Nullable String value(String field, String parameter, int hop) {
        List<String> list = fields.get(field);
        if (list != null) {
            String value = list.get(Math.max(list.size() - hop, 0));
            return value.isEmpty() ? null : value;
        }
        if (elements == null || clients != null) {
            return null;
        }
        // If the outermost trusted proxy does not give the value, use that of the next one.
        for (int i = Math.max(elements.size() - hop, 0); i < elements.size(); i++) {
            String value = elements.get(i).get(parameter);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Parses a port; returns 0 if the text is not a port. */
    private static int number(String text) {
        if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(text);
        return port > MAX_PORT ? 0 : port;
    }

    /**
     * Parses the elements of Forwarded. A malformed element is empty; all are empty if their boundaries cannot be
     * determined.
     */
    private static List<Map<String, String>> elements(String text) {
        List<Map<String, String>> elements = new ArrayList<>();
        Map<String, String> element = new HashMap<>();
        boolean good = true;
        int at = 0;
        while (at <= text.length()) {
            int start = at;
            boolean quoted = false;
            while (at < text.length() && (quoted || text.charAt(at) != ';' && text.charAt(at) != ',')) {
                if (quoted && text.charAt(at) == '\\') {
                    at++;
                } else if (text.charAt(at) == '"') {
                    quoted = !quoted;
                }
                at++;
            }
            if (quoted) {
                return List.of(Map.of());
            }
            good &= addPair(text.substring(start, Math.min(at, text.length())).strip(), element);
            if (at >= text.length() || text.charAt(at) == ',') {
                elements.add(good ? element : Map.of());
                element = new HashMap<>();
                good = true;
            }
            at++;
        }
        return elements;
    }

    private static boolean addPair(String pair, Map<String, String> to) {
        if (pair.isEmpty()) {
            return true;
        }
        int equals = pair.indexOf('=');
        String name = equals < 0 ? "" : pair.substring(0, equals).toLowerCase(Locale.ROOT);
        String value = pair.substring(equals + 1);
        if (value.startsWith("\"")) {
            value = unquote(value);
        } else if (!Headers.isToken(value) && Node.parse(value) == null) {
            // Some proxies omit the quotes that addresses with colons need.
            return false;
        }
        return value != null && Headers.isToken(name) && to.put(name, value) == null;
    }

    private static @Nullable String unquote(String quoted) {
        StringBuilder text = new StringBuilder(quoted.length());
        for (int i = 1; i < quoted.length(); i++) {
            char c = quoted.charAt(i);
            if (c == '"') {
                return i == quoted.length() - 1 ? text.toString() : null;
            }
            if (c == '\\' && i + 1 < quoted.length()) {
                c = quoted.charAt(++i);
            }
            text.append(c);
        }
        return null;
    }
}
