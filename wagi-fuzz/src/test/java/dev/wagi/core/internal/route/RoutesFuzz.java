// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import dev.wagi.fuzz.Lines;
import dev.wagi.fuzz.Promise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Request paths, patterns and the choice between them, compared with a choice that looks at every route.
 *
 * <pre>
 * GET example.org /a/b%2Fc          method, host and raw path of the request
 * /a/...                            a route
 * GET,POST example.org,* /a         a route with methods and hosts
 * </pre>
 */
public final class RoutesFuzz {

    private RoutesFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = Lines.of(input);
        String[] request = lines.get(0).split(" ", 3);
        if (request.length < 3) {
            return;
        }
        Optional<RequestPath> parsed = RequestPath.parse(request[2]);
        parsed.ifPresent(path -> check(request[2], path));
        List<Route<Integer>> routes = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            route(line, routes.size()).ifPresent(routes::add);
        }
        for (Route<Integer> route : routes) {
            check(route.pattern(), parsed);
        }
        RoutingTable<Integer> table;
        try {
            table = new RoutingTable<>(routes);
        } catch (IllegalArgumentException e) {
            Promise.that(hasConflict(routes), "only routes that conflict are refused");
            return;
        }
        Promise.that(!hasConflict(routes), "routes that conflict are refused");
        parsed.ifPresent(path -> check(table, request[0], request[1], path));
    }

    private static Optional<Route<Integer>> route(String line, int number) {
        String[] parts = line.split(" ", 3);
        try {
            return Optional.of(new Route<>(
                    RoutePattern.parse(parts[parts.length - 1]),
                    parts.length == 3 ? set(parts[1]) : Set.of(),
                    parts.length == 3 ? set(parts[0]) : Set.of(),
                    number));
        } catch (IllegalArgumentException e) {
            Promise.that(e.getMessage() != null && !e.getMessage().isBlank(), "a refusal says why");
            return Optional.empty();
        }
    }

    private static Set<String> set(String list) {
        return list.equals("*") ? Set.of() : Set.copyOf(new java.util.TreeSet<>(Arrays.asList(list.split(","))));
    }

    private static void check(String sent, RequestPath path) {
        String raw = path.raw();
        Promise.that(raw.startsWith("/"), "a path begins with a slash");
        Promise.that(raw.length() <= sent.length(), "a path does not grow");
        for (String segment : raw.split("/", -1)) {
            Promise.that(!segment.equals(".") && !segment.equals(".."), "no dot segment stays in a path");
        }
        Promise.that(path.decoded().indexOf('\0') < 0, "NUL never stands in a path");
        Promise.same(slashes(path.key()), slashes(raw), "the slashes of a key are those of the path");
        RequestPath again = RequestPath.parse(raw).orElseThrow();
        Promise.same(again.raw(), raw, "a path that was read stays as it is");
        Promise.same(again.key(), path.key(), "and so does its key");
    }

    private static void check(RoutePattern pattern, Optional<RequestPath> parsed) {
        String text = pattern.toString();
        RoutePattern again = RoutePattern.parse(text);
        Promise.same(again, pattern, "a pattern is equal to what it prints");
        Promise.same(again.toString(), text, "and prints it again");
        try {
            RoutePattern below = pattern.append("/x");
            Promise.that(below.key().endsWith("/x") && !below.isWildcard(), "a pattern below another one ends with it");
        } catch (IllegalArgumentException e) {
            Promise.that(!pattern.isWildcard() && text.contains("..."), "what is appended to a pattern is one");
        }
        if (parsed.isEmpty() || !pattern.matches(parsed.get())) {
            return;
        }
        RequestPath path = parsed.get();
        String info = pattern.pathInfo(path);
        String rawInfo = pattern.rawPathInfo(path);
        Promise.same(pattern.scriptName() + info, path.decoded(), "SCRIPT_NAME and PATH_INFO make up the path");
        Promise.that(path.raw().endsWith(rawInfo), "raw PATH_INFO is the end of the path");
        if (pattern.isWildcard()) {
            Promise.that(info.isEmpty() || info.startsWith("/"), "PATH_INFO is empty or begins with a slash");
            Promise.same(
                    slashes(rawInfo), slashes(path.after(pattern.key()), path, rawInfo), "raw and decoded go together");
        } else {
            Promise.that(info.isEmpty() && rawInfo.isEmpty(), "an exact route has no PATH_INFO");
        }
    }

    /** Raw PATH_INFO, decoded by itself, must be PATH_INFO. */
    private static int slashes(String info, RequestPath path, String rawInfo) {
        if (!rawInfo.isEmpty()) {
            Promise.same(
                    RequestPath.parse(rawInfo).orElseThrow().decoded(), info, "raw PATH_INFO decodes to PATH_INFO");
        }
        return slashes(rawInfo);
    }

    private static int slashes(String text) {
        return (int) text.chars().filter(c -> c == '/').count();
    }

    private static boolean hasConflict(List<Route<Integer>> routes) {
        for (int i = 0; i < routes.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (routes.get(i).conflictsWith(routes.get(j))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void check(RoutingTable<Integer> table, String method, String host, RequestPath path) {
        Route<Integer> best = null;
        for (Route<Integer> route : table.routes()) {
            if (route.pattern().matches(path)
                    && (route.hosts().isEmpty() || route.hosts().contains(host.toLowerCase(java.util.Locale.ROOT)))
                    && (best == null || isBetter(route, best))) {
                best = route;
            }
        }
        RoutingTable.Match<Integer> match = table.match(host, path);
        Promise.same(match != null, best != null, "a route matches if one of all does");
        if (match == null || best == null) {
            return;
        }
        Route<Integer> chosen = match.forMethod(method);
        Route<Integer> expected = null;
        for (Route<Integer> route : table.routes()) {
            boolean sameLevel = route.pattern().equals(best.pattern())
                    && route.hosts().isEmpty() == best.hosts().isEmpty()
                    && (route.hosts().isEmpty() || route.hosts().contains(host.toLowerCase(java.util.Locale.ROOT)));
            if (sameLevel
                    && route.accepts(method)
                    && (expected == null
                            || expected.methods().isEmpty() && !route.methods().isEmpty())) {
                expected = route;
            }
        }
        boolean ambiguous = method.equals("HEAD");
        Promise.that(
                ambiguous ? (chosen == null) == (expected == null) : chosen == expected,
                "the best route is chosen, whatever the order");
        Promise.that(!match.allow().contains("\n"), "Allow is one line");
    }

    private static boolean isBetter(Route<Integer> route, Route<Integer> than) {
        if (route.hosts().isEmpty() != than.hosts().isEmpty()) {
            return !route.hosts().isEmpty();
        }
        if (route.pattern().isWildcard() != than.pattern().isWildcard()) {
            return !route.pattern().isWildcard();
        }
        return route.pattern().key().length() > than.pattern().key().length();
    }
}
