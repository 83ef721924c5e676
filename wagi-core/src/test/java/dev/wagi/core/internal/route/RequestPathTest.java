// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {

    record Case(String sent, String raw, String decoded, String key) {
        Case(String sent, String raw, String decoded) {
            this(sent, raw, decoded, decoded);
        }
    }

    static Stream<Case> paths() {
        return Stream.of(
                new Case("/", "/", "/"),
                new Case("/a", "/a", "/a"),
                new Case("/a/", "/a/", "/a/"),
                new Case("/a//b", "/a//b", "/a//b"),
                new Case("//a", "//a", "//a"),
                // dot segments that stand in the path (RFC 3986, 5.2.4)
                new Case("/.", "/", "/"),
                new Case("/..", "/", "/"),
                new Case("/./a", "/a", "/a"),
                new Case("/a/.", "/a/", "/a/"),
                new Case("/a/..", "/", "/"),
                new Case("/a/../b", "/b", "/b"),
                new Case("/a/b/../../c", "/c", "/c"),
                new Case("/../../etc/passwd", "/etc/passwd", "/etc/passwd"),
                new Case("/a/b/c/./../../g", "/a/g", "/a/g"),
                new Case("/a/.../b", "/a/.../b", "/a/.../b"),
                new Case("/.well-known/x", "/.well-known/x", "/.well-known/x"),
                new Case("/a/..b/.c", "/a/..b/.c", "/a/..b/.c"),
                // decoded once
                new Case("/d%20e", "/d%20e", "/d e"),
                new Case("/%41", "/%41", "/A"),
                new Case("/%e2%82%ac", "/%e2%82%ac", "/€"),
                new Case("/%F0%9F%90%98", "/%F0%9F%90%98", "/🐘"),
                new Case("/\u00c3\u00a9", "/\u00c3\u00a9", "/é"),
                new Case("/100%25", "/100%25", "/100%"),
                new Case("/%252e%252e", "/%252e%252e", "/%2e%2e"),
                new Case("/a%0Ab", "/a%0Ab", "/a\nb"),
                new Case("/a;v=1", "/a;v=1", "/a;v=1"),
                // what is encoded stays inside its segment
                new Case("/a%2Fb", "/a%2Fb", "/a/b", "/a\0b"),
                new Case("/a/%2e%2e/b", "/a/%2e%2e/b", "/a/../b"),
                new Case("/a/..%2Fb", "/a/..%2Fb", "/a/../b", "/a/..\0b"),
                new Case("/%2e/a", "/%2e/a", "/./a"));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void parse_path_isCleanedAndDecodedOnce(Case row) {
        RequestPath path = RequestPath.parse(row.sent).orElseThrow();

        assertThat(path.raw()).isEqualTo(row.raw);
        assertThat(path.decoded()).isEqualTo(row.decoded);
        assertThat(path.key()).isEqualTo(row.key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "*",
                "http://host/a",
                "/%",
                "/%4",
                "/%4g",
                "/%g4",
                "/%-1",
                "/% 1",
                "/%00",
                "/a b",
                "/a\tb",
                "/a\u007fb",
                "/a\0b",
                "/%ff",
                "/%c0%af",
                "/%ed%a0%80",
                "/%f5%80%80%80",
                "/%c3",
                "/\u00ff",
                "/\u20ac",
                "/a%\u0661\u0661"
            })
    void parse_malformedPath_isRefused(String path) {
        assertThat(RequestPath.parse(path)).isEmpty();
    }
}
