// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.api.RouteInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which route a path is for: the exact one, or else the longest prefix. Virtual hosts and methods are the host's to
 * look at.
 */
final class Routes {

    private static final String BELOW = "/...";

    private Routes() {}

    /**
     * The pattern of the route.
     *
     * @param path as the container has decoded it, without what is in front of the routes
     * @return null if there is none
     */
    static @Nullable String find(List<RouteInfo> routes, String path) {
        String best = null;
        for (RouteInfo candidate : routes) {
            String route = candidate.route();
            if (route.equals(path)) {
                return route;
            }
            if (route.endsWith(BELOW)
                    && isBelow(route.substring(0, route.length() - BELOW.length()), path)
                    && (best == null || route.length() > best.length())) {
                best = route;
            }
        }
        return best;
    }

    private static boolean isBelow(String prefix, String path) {
        return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }
}
