// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.nio.charset.StandardCharsets;

/**
 * The pattern of a route: {@code /exact}, or {@code /prefix/...} for the prefix and everything below it.
 *
 * <p>{@code /...} matches every path. Percent-encoding in a pattern is decoded once, as in requests, so
 * {@code /caf%C3%A9} and {@code /café} are the same pattern.
 */
public final class RoutePattern {

    private static final String WILDCARD = "/...";

    private final String text;
    private final String key;
    private final boolean wildcard;

    private RoutePattern(String text, String key, boolean wildcard) {
        this.text = text;
        this.key = key;
        this.wildcard = wildcard;
    }

    /**
     * Parses a pattern.
     *
     * @throws IllegalArgumentException if the text is not a pattern; the message says what to write instead
     */
    public static RoutePattern parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("does not start with '/'; write \"/" + text + "\"");
        }
        boolean wildcard = text.endsWith(WILDCARD);
        String path = wildcard ? text.substring(0, text.length() - WILDCARD.length()) : text;
        if (path.contains("...")) {
            throw new IllegalArgumentException(
                    "has '...' elsewhere than as its last segment; write it only at the end, as in \"/static/...\"");
        }
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("has the dot segment '" + segment
                        + "', which no request path keeps; write the path without it");
            }
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '?' || c == '#') {
                throw new IllegalArgumentException(
                        "has '" + c + "'; a route is matched against the path only, so leave it out");
            }
        }
        String octets = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        String key = PercentEncoding.decode(octets);
        if (key == null) {
            throw new IllegalArgumentException(
                    "has white space, a control character or a malformed percent-encoding; write \"%20\" for a"
                            + " space, \"%25\" for '%'");
        }
        return new RoutePattern(text, key, wildcard);
    }

    /**
     * Returns a pattern below this one: its text is appended to this pattern without the wildcard, separated by one
     * slash.
     *
     * @throws IllegalArgumentException if the result is not a pattern; the message says why
     */
    public RoutePattern append(String below) {
        String prefix = wildcard ? text.substring(0, text.length() - WILDCARD.length()) : text;
        return parse(prefix.replaceFirst("/+\\z", "") + "/" + below.replaceFirst("^/+", ""));
    }

    /** Returns whether the pattern matches the path. */
    public boolean matches(RequestPath path) {
        String other = path.key();
        return wildcard
                ? other.startsWith(key) && (other.length() == key.length() || other.charAt(key.length()) == '/')
                : other.equals(key);
    }

    /** Returns whether the pattern ends in {@code /...}. */
    public boolean isWildcard() {
        return wildcard;
    }

    /**
     * Returns SCRIPT_NAME of this route: the pattern decoded and without {@code /...}; empty for {@code /...} itself.
     */
    public String scriptName() {
        return key.replace(PercentEncoding.ENCODED_SLASH, '/');
    }

    /** Returns PATH_INFO for a path that this pattern matches: percent-decoded once; empty for an exact route. */
    public String pathInfo(RequestPath path) {
        return wildcard ? path.after(key) : "";
    }

    /** Returns the same part of the path as sent. */
    public String rawPathInfo(RequestPath path) {
        return wildcard ? path.rawAfter(key) : "";
    }

    String key() {
        return key;
    }

    /** Equal patterns match the same paths. */
    @Override
    public boolean equals(Object other) {
        return other instanceof RoutePattern pattern && key.equals(pattern.key) && wildcard == pattern.wildcard;
    }

    @Override
    public int hashCode() {
        return key.hashCode() * 31 + Boolean.hashCode(wildcard);
    }

    /** Returns the pattern as written; the inverse of {@link #parse}. */
    @Override
    public String toString() {
        return text;
    }
}
