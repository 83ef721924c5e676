// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A challenge in a WWW-Authenticate field. A field may contain several challenges, and a response several fields:
 *
 * <pre>
 * Bearer realm="https://auth.example.org/token", service="registry" , scope="repository:a/b:pull,push", Basic realm="x"
 * scheme, then parameters in any order, separated by commas; values are tokens or quoted, with \" for a quotation mark
 * </pre>
 *
 * @param scheme the authentication scheme in lower case
 * @param parameters the parameters, with names in lower case; the first one of a name counts
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110, 11.6.1</a>
 */
public record Challenge(String scheme, Map<String, String> parameters) {

    private static final int MAX_FIELD = 8 * 1024;
    private static final int MAX_CHALLENGES = 16;

    /** Copies the parameters. */
    public Challenge {
        parameters = Map.copyOf(parameters);
    }

    /** Returns a parameter, unless it is missing or blank. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isBlank());
    }

    /** Parses all fields. Parsing of a field stops at malformed text; the challenges before it count. */
    public static List<Challenge> parse(List<String> fields) {
        List<Challenge> challenges = new ArrayList<>();
        for (String field : fields) {
            if (field.length() <= MAX_FIELD) {
                new Reader(field).read(challenges);
            }
        }
        return challenges.size() > MAX_CHALLENGES ? List.copyOf(challenges.subList(0, MAX_CHALLENGES)) : challenges;
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        void read(List<Challenge> challenges) {
            String scheme = null;
            Map<String, String> parameters = new LinkedHashMap<>();
            while (true) {
                skip(", \t");
                String name = token();
                if (name.isEmpty()) {
                    break;
                }
                int afterName = at;
                skip(" \t");
                if (at < text.length() && text.charAt(at) == '=' && scheme != null && !isPadding()) {
                    at++;
                    skip(" \t");
                    String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token();
                    if (value == null) {
                        break;
                    }
                    parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
                } else if (at < text.length() && text.charAt(at) == '=') {
                    // A token68 with padding, as in "Negotiate abc==": it belongs to a scheme that is not supported.
                    skip("=");
                } else {
                    if (scheme != null) {
                        challenges.add(new Challenge(scheme, parameters));
                    }
                    scheme = name.toLowerCase(Locale.ROOT);
                    parameters = new LinkedHashMap<>();
                    at = afterName;
                }
            }
            if (scheme != null) {
                challenges.add(new Challenge(scheme, parameters));
            }
        }

        /** Whether the equals signs at this position end a token68. */
        private boolean isPadding() {
            int end = at;
            while (end < text.length() && text.charAt(end) == '=') {
                end++;
            }
            return end - at > 1;
        }

        private void skip(String characters) {
            while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        /**
         * Reads a token of RFC 9110, in which a slash and a colon are also accepted for token68 and lenient servers.
         */
        private String token() {
            int start = at;
            while (at < text.length() && isTokenCharacter(text.charAt(at))) {
                at++;
            }
            return text.substring(start, at);
        }

        private static boolean isTokenCharacter(char c) {
            return c >= '0' && c <= '9'
                    || c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || "!#$%&'*+-.^_`|~/:".indexOf(c) >= 0;
        }

        /** Reads a quoted string; null if it is not terminated. */
        private @org.jspecify.annotations.Nullable String quoted() {
            StringBuilder value = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == '"') {
                    at++;
                    return value.toString();
                }
                if (c == '\\' && at + 1 < text.length()) {
                    c = text.charAt(++at);
                }
                value.append(c);
            }
            return null;
        }
    }
}
