// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;

/**
 * Gives paths that no controller answers to the servlet if one of its routes may: after all controllers, before static resources.
 * Other paths stay Spring's, so that its 404 does.
 */
final class WagiHandlerMapping extends AbstractHandlerMapping {

    private static final String BELOW = "/...";

    private final Wagi wagi;
    private final String healthPath;
    private final HttpRequestHandler handler;

    WagiHandlerMapping(Wagi wagi, WagiServlet servlet, String healthPath) {
        this.wagi = wagi;
        this.healthPath = healthPath;
        this.handler = servlet::service;
        setOrder(Ordered.LOWEST_PRECEDENCE - 100);
    }

    @Override
    protected @Nullable Object getHandlerInternal(HttpServletRequest request) {
        String info = request.getPathInfo();
        String path = info == null ? request.getServletPath() : request.getServletPath() + info;
        if (path.equals(healthPath)) {
            return handler;
        }
        for (RouteInfo route : wagi.routes()) {
            if (matches(route.route(), path)) {
                return handler;
            }
        }
        return null;
    }

    private static boolean matches(String route, String path) {
        if (!route.endsWith(BELOW)) {
            return path.equals(route);
        }
        String prefix = route.substring(0, route.length() - BELOW.length());
        return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }
}
