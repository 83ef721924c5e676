// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.util.Optional;

/**
 * The path of a request, in the forms that routing and CGI need.
 *
 * <p>Dot segments of the raw path are removed; then every segment is percent-decoded once and decoded as UTF-8. An
 * encoded slash does not split a segment, and an encoded dot segment is not resolved. For example:
 *
 * <pre>
 * raw      /a/./b%2Fc/../d%20e
 * clean    /a/d%20e
 * decoded  /a/d e
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4">RFC 3986, section 5.2.4</a>
 */
public final class RequestPath {

    private final String raw;
    private final String key;

    private RequestPath(String raw, String key) {
        this.raw = raw;
        this.key = key;
    }

    /**
     * Parses a raw path.
     *
     * @param raw the path as sent, one {@code char} per octet, without query
     * @return empty if the path does not begin with a slash, contains NUL, an octet that is not allowed in a path or a
     *     malformed percent-encoding, or is not UTF-8 when decoded
     */
    public static Optional<RequestPath> parse(String raw) {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            return Optional.empty();
        }
        String clean = raw.contains("/.") ? removeDotSegments(raw) : raw;
        String key = PercentEncoding.decode(clean);
        return key == null ? Optional.empty() : Optional.of(new RequestPath(clean, key));
    }

    /** Returns the path as sent, with dot segments removed. */
    public String raw() {
        return raw;
    }

    /** Returns the decoded path. An encoded slash is a slash here. */
    public String decoded() {
        return key.replace(PercentEncoding.ENCODED_SLASH, '/');
    }

    /** Returns the decoded path in which only slashes of the raw path are slashes; routes are matched against it. */
    String key() {
        return key;
    }

    /**
     * Returns the decoded part after a route's prefix.
     *
     * @param prefixKey the key of a route without its wildcard, a whole number of segments at the start of this path
     * @return empty or beginning with a slash
     */
    String after(String prefixKey) {
        return key.substring(prefixKey.length()).replace(PercentEncoding.ENCODED_SLASH, '/');
    }

    /** Returns the same part as sent, by skipping as many slashes of the raw path. */
    String rawAfter(String prefixKey) {
        int slashes = 0;
        for (int i = 0; i < prefixKey.length(); i++) {
            if (prefixKey.charAt(i) == '/') {
                slashes++;
            }
        }
        int cut = 0;
        for (int seen = 0; cut < raw.length(); cut++) {
            if (raw.charAt(cut) == '/' && seen++ == slashes) {
                break;
            }
        }
        return raw.substring(cut);
    }

    private static String removeDotSegments(String path) {
        StringBuilder clean = new StringBuilder(path.length());
        int start = 0;
        while (start < path.length()) {
            int end = path.indexOf('/', start + 1);
            boolean last = end < 0;
            if (last) {
                end = path.length();
            }
            // The length includes the segment's leading slash.
            int length = end - start;
            if (length == 2 && path.charAt(start + 1) == '.') {
                if (last) {
                    clean.append('/');
                }
            } else if (length == 3 && path.startsWith("..", start + 1)) {
                clean.setLength(Math.max(clean.lastIndexOf("/"), 0));
                if (last) {
                    clean.append('/');
                }
            } else {
                clean.append(path, start, end);
            }
            start = end;
        }
        return clean.isEmpty() ? "/" : clean.toString();
    }
}
