// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All routes of a configuration. Immutable.
 *
 * <p>Precedence among several matches: routes restricted to the request's host before unrestricted ones, exact before
 * wildcard, longer wildcard before shorter. The order in which routes were added never matters. The path is selected
 * before the method: if the best path does not allow the method, no other path is tried.
 *
 * <p>A lookup takes one hash probe per path segment, up to the length of the longest pattern, regardless of the number
 * of routes.
 *
 * @param <T> the type of the routes' targets
 */
public final class RoutingTable<T> {

    private final List<Route<T>> routes;
    private final Map<String, Paths<T>> byHost = new HashMap<>();
    private final Paths<T> anyHost = new Paths<>();

    /**
     * Builds the table.
     *
     * @throws IllegalArgumentException if two routes conflict, see {@link Route#conflictsWith}
     */
    public RoutingTable(List<Route<T>> routes) {
        this.routes = List.copyOf(routes);
        for (int i = 0; i < routes.size(); i++) {
            Route<T> route = routes.get(i);
            if (route.hosts().isEmpty()) {
                anyHost.add(route);
            }
            for (String host : route.hosts()) {
                byHost.computeIfAbsent(host, name -> new Paths<>()).add(route);
            }
        }
    }

    /** Returns the routes in the order in which they were given. */
    public List<Route<T>> routes() {
        return routes;
    }

    /**
     * Finds the routes of the best matching pattern.
     *
     * @param host the request's host in any case, without port
     * @return null if no pattern matches
     */
    public @Nullable Match<T> match(String host, RequestPath path) {
        if (!byHost.isEmpty()) {
            Paths<T> paths = byHost.get(host.toLowerCase(Locale.ROOT));
            Match<T> match = paths == null ? null : paths.match(path.key());
            if (match != null) {
                return match;
            }
        }
        return anyHost.match(path.key());
    }

    /**
     * The routes that share the best matching pattern; they differ in their methods.
     *
     * @param <T> the type of the routes' targets
     */
    public static final class Match<T> {
        private final List<Route<T>> routes = new ArrayList<>(1);

        private Match() {}

        /** Returns the route that answers the method, or null. */
        public @Nullable Route<T> forMethod(String method) {
            Route<T> any = null;
            for (int i = 0; i < routes.size(); i++) {
                Route<T> route = routes.get(i);
                if (route.accepts(method)) {
                    if (!route.methods().isEmpty()) {
                        return route;
                    }
                    any = route;
                }
            }
            return any;
        }

        /** Returns the value of Allow, sorted. */
        public String allow() {
            TreeSet<String> methods = new TreeSet<>();
            routes.forEach(route -> methods.addAll(route.allowed()));
            return String.join(", ", methods);
        }

        private void add(Route<T> route) {
            for (Route<T> other : routes) {
                if (other.conflictsWith(route)) {
                    throw new IllegalArgumentException("two routes for " + route.pattern());
                }
            }
            routes.add(route);
        }
    }

    /** The patterns of one host: exact ones, and wildcards by their prefix. */
    private static final class Paths<T> {
        private final Map<String, Match<T>> exact = new HashMap<>();
        private final Map<String, Match<T>> wildcard = new HashMap<>();
        private int longestWildcard;

        void add(Route<T> route) {
            if (route.pattern().isWildcard()) {
                longestWildcard =
                        Math.max(longestWildcard, route.pattern().key().length());
            }
            Map<String, Match<T>> map = route.pattern().isWildcard() ? wildcard : exact;
            map.computeIfAbsent(route.pattern().key(), key -> new Match<>()).add(route);
        }

        @Nullable
        Match<T> match(String path) {
            Match<T> match = exact.get(path);
            if (match != null || wildcard.isEmpty()) {
                return match;
            }
            // "/a/b" is tried as "/a/b", "/a" and "".
            int end = path.length();
            if (end > longestWildcard) {
                // The client decides how long the path is, but not how long the patterns are.
                end = path.charAt(longestWildcard) == '/' ? longestWildcard : path.lastIndexOf('/', longestWildcard);
            }
            while (true) {
                match = wildcard.get(path.substring(0, end));
                if (match != null || end == 0) {
                    return match;
                }
                end = path.lastIndexOf('/', end - 1);
            }
        }
    }
}
