// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RoutePatternTest {

    record Case(String pattern, String path, String scriptName, String pathInfo, String rawPathInfo) {}

    static Stream<Case> splits() {
        return Stream.of(
                new Case("/foo", "/foo", "/foo", "", ""),
                new Case("/foo/...", "/foo", "/foo", "", ""),
                new Case("/foo/...", "/foo/", "/foo", "/", "/"),
                new Case("/foo/...", "/foo/a/b", "/foo", "/a/b", "/a/b"),
                new Case("/foo/...", "/f%6Fo/a%20b", "/foo", "/a b", "/a%20b"),
                new Case("/foo/...", "/foo/a%2Fb/c", "/foo", "/a/b/c", "/a%2Fb/c"),
                new Case("/foo/...", "/foo//x", "/foo", "//x", "//x"),
                new Case("/foo/...", "/foo/%2e%2e/x", "/foo", "/../x", "/%2e%2e/x"),
                new Case("/...", "/", "", "/", "/"),
                new Case("/...", "/x/y", "", "/x/y", "/x/y"),
                new Case("/caf%C3%A9/...", "/caf%c3%a9/x", "/café", "/x", "/x"),
                new Case("/café/...", "/caf%c3%a9/x", "/café", "/x", "/x"),
                new Case("/a b%2Fc/...".replace(" ", "%20"), "/a%20b%2fc/d", "/a b/c", "/d", "/d"));
    }

    @ParameterizedTest
    @MethodSource("splits")
    void pathInfo_matchedPath_rebuildsThePathWithScriptName(Case row) {
        RoutePattern pattern = RoutePattern.parse(row.pattern);
        RequestPath path = RequestPath.parse(row.path).orElseThrow();

        assertThat(new RoutingTable<>(
                                java.util.List.of(new Route<>(pattern, java.util.Set.of(), java.util.Set.of(), "x")))
                        .match("h", path))
                .as("matches")
                .isNotNull();
        assertThat(pattern.scriptName()).isEqualTo(row.scriptName);
        assertThat(pattern.pathInfo(path)).isEqualTo(row.pathInfo);
        assertThat(pattern.rawPathInfo(path)).isEqualTo(row.rawPathInfo);
        assertThat(pattern.scriptName() + pattern.pathInfo(path)).isEqualTo(path.decoded());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    static/...   | does not start with '/'; write "/static/..."
                    ...          | does not start with '/'; write "/..."
                    ''           | does not start with '/'; write "/"
                    /a.../b      | has '...' elsewhere than as its last segment
                    /a...        | has '...' elsewhere than as its last segment
                    /.../a       | has '...' elsewhere than as its last segment
                    /.../...     | has '...' elsewhere than as its last segment
                    /a/../b      | has the dot segment '..'
                    /./a         | has the dot segment '.'
                    /a?b         | has '?'
                    /a#b         | has '#'
                    /a b         | has white space, a control character or a malformed percent-encoding
                    /100%        | has white space, a control character or a malformed percent-encoding
                    /a%00        | has white space, a control character or a malformed percent-encoding
                    """)
    void parse_malformedPattern_saysWhatToWrite(String pattern, String message) {
        assertThatThrownBy(() -> RoutePattern.parse(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void equals_samePaths_isTrueHoweverTheyAreWritten() {
        assertThat(RoutePattern.parse("/caf%C3%A9")).isEqualTo(RoutePattern.parse("/café"));
        assertThat(RoutePattern.parse("/a/...")).isNotEqualTo(RoutePattern.parse("/a"));
        assertThat(RoutePattern.parse("/a/...")).hasToString("/a/...");
    }
}
