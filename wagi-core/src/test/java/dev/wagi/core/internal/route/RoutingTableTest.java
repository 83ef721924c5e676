// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingTableTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /foo,        /foo,
                    /foo/,       /...,
                    /foobar,     /...,
                    /FOO,        /...,
                    /bar,        /bar/...,
                    /bar/,       /bar/...,
                    /bar/x/y,    /bar/...,
                    /barn,       /...,
                    /bar/deep,   /bar/deep/...,
                    /bar/deep/x, /bar/deep/...,
                    /bar/deeper, /bar/...,
                    /bar/exact,  /bar/exact,
                    /bar/exact/, /bar/...,
                    /bar%2Fdeep, /...,
                    /b%61r/deep, /bar/deep/...,
                    /bar/%2e%2e/foo, /bar/...,
                    /bar/../foo, /foo,
                    /,           /...,
                    //foo,       /...,
                    """)
    void match_path_choosesExactThenLongestWildcard(String path, String pattern) {
        List<String> patterns = Arrays.asList("/foo", "/bar/...", "/bar/deep/...", "/...", "/bar/exact");
        for (int i = 0; i < 5; i++) {
            Collections.rotate(patterns, 1);

            assertThat(choose(table(patterns), "any", "GET", path)).isEqualTo(pattern);
        }
    }

    @Test
    void match_nothingFits_isNull() {
        assertThat(table(List.of("/foo", "/bar/...")).match("h", path("/"))).isNull();
        assertThat(table(List.of("/foo")).match("h", path("/foo/"))).isNull();
        assertThat(table(List.of()).match("h", path("/"))).isNull();
    }

    @Test
    void match_hosts_restrictedBeforeUnrestricted() {
        RoutingTable<String> table = new RoutingTable<>(List.of(
                route("/...", Set.of("Admin.example"), Set.of(), "admin"),
                route("/exact", Set.of(), Set.of(), "exact"),
                route("/only", Set.of("a.example", "b.example"), Set.of(), "only")));

        assertThat(choose(table, "admin.EXAMPLE", "GET", "/exact")).isEqualTo("admin");
        assertThat(choose(table, "other.example", "GET", "/exact")).isEqualTo("exact");
        assertThat(choose(table, "b.example", "GET", "/only")).isEqualTo("only");
        assertThat(choose(table, "a.example", "GET", "/exact")).isEqualTo("exact");
        assertThat(table.match("c.example", path("/only"))).isNull();
    }

    @Test
    void forMethod_methods_choosesAmongRoutesOfOnePattern() {
        RoutingTable<String> table = new RoutingTable<>(List.of(
                route("/x", Set.of(), Set.of("GET"), "get"),
                route("/x", Set.of(), Set.of("PUT", "POST"), "put"),
                route("/y", Set.of(), Set.of("GET"), "y"),
                route("/y", Set.of(), Set.of(), "rest"),
                route("/...", Set.of(), Set.of(), "all")));

        assertThat(choose(table, "h", "GET", "/x")).isEqualTo("get");
        assertThat(choose(table, "h", "HEAD", "/x")).isEqualTo("get");
        assertThat(choose(table, "h", "POST", "/x")).isEqualTo("put");
        assertThat(choose(table, "h", "GET", "/y")).isEqualTo("y");
        assertThat(choose(table, "h", "DELETE", "/y")).isEqualTo("rest");
        RoutingTable.Match<String> match = table.match("h", path("/x"));
        assertThat(match).isNotNull();
        assertThat(match.forMethod("DELETE")).isNull();
        assertThat(match.forMethod("get")).isNull();
        assertThat(match.allow()).isEqualTo("GET, HEAD, POST, PUT");
    }

    /** The work of a look-up must not grow with the square of what a client sends. */
    @Test
    void match_veryLongPath_isCutToTheLongestPattern() {
        RoutingTable<String> table = table(List.of("/a/b/...", "/c/..."));

        assertThat(choose(table, "h", "GET", "/a/b" + "/x".repeat(30_000))).isEqualTo("/a/b/...");
        assertThat(choose(table, "h", "GET", "/c" + "/".repeat(60_000))).isEqualTo("/c/...");
        for (int i = 0; i < 1000; i++) {
            assertThat(table.match("h", path("/".repeat(60_000)))).isNull();
        }
    }

    @Test
    void constructor_conflictingRoutes_isRefused() {
        assertThatThrownBy(() -> table(List.of("/a/...", "/a/...")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two routes for /a/...");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /a, '', '',   /a, '', '',       true
                    /a, '', '',   /a/..., '', '',   false
                    /a, h, '',    /a, '', '',       false
                    /a, h, '',    /a, H, '',        true
                    /a, h i, '',  /a, i j, '',      true
                    /a, '', GET,  /a, '', POST,     false
                    /a, '', GET,  /a, '', '',       false
                    /a, '', GET P,/a, '', P,        true
                    """)
    void conflictsWith_twoRoutes_isWhetherOrderWouldDecide(
            String p1, String hosts1, String methods1, String p2, String hosts2, String methods2, boolean conflict) {
        Route<String> left = route(p1, words(hosts1), words(methods1), "l");
        Route<String> right = route(p2, words(hosts2), words(methods2), "r");

        assertThat(left.conflictsWith(right)).isEqualTo(conflict);
        assertThat(right.conflictsWith(left)).isEqualTo(conflict);
    }

    /** The rules of precedence written a second time, as a scan over all routes. */
    @Test
    void match_randomTables_agreesWithNaiveReference() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            List<String> patterns = IntStream.range(0, 1 + random.nextInt(12))
                    .mapToObj(i -> randomPath(random) + (random.nextBoolean() ? "/..." : ""))
                    .map(pattern -> pattern.isEmpty() ? "/" : pattern)
                    .distinct()
                    .toList();
            RoutingTable<String> table = table(patterns);
            for (int i = 0; i < 20; i++) {
                String path = randomPath(random) + (random.nextInt(4) == 0 ? "/" : "");
                path = path.isEmpty() ? "/" : path;
                RoutingTable.Match<String> match = table.match("h", path(path));

                assertThat(match == null ? null : match.forMethod("GET").target())
                        .as("seed %d, %s in %s", seed, path, patterns)
                        .isEqualTo(naive(patterns, path));
            }
        }
    }

    private static String naive(List<String> patterns, String path) {
        String best = null;
        for (String pattern : patterns) {
            if (pattern.equals(path)) {
                return pattern;
            }
            if (pattern.endsWith("/...")) {
                String prefix = pattern.substring(0, pattern.length() - 4);
                boolean matches = path.equals(prefix) || path.startsWith(prefix + "/");
                if (matches && (best == null || prefix.length() > best.length() - 4)) {
                    best = pattern;
                }
            }
        }
        return best;
    }

    private static String randomPath(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            path.append('/').append("abAB".charAt(random.nextInt(4)));
        }
        return path.toString();
    }

    private static RoutingTable<String> table(List<String> patterns) {
        List<Route<String>> routes = new ArrayList<>();
        patterns.forEach(pattern -> routes.add(route(pattern, Set.of(), Set.of(), pattern)));
        return new RoutingTable<>(routes);
    }

    private static Route<String> route(String pattern, Set<String> hosts, Set<String> methods, String target) {
        return new Route<>(RoutePattern.parse(pattern), hosts, methods, target);
    }

    private static RequestPath path(String raw) {
        return RequestPath.parse(raw).orElseThrow();
    }

    private static String choose(RoutingTable<String> table, String host, String method, String path) {
        return table.match(host, path(path)).forMethod(method).target();
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
    }
}
