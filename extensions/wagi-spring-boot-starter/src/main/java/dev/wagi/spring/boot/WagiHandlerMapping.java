// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;

/**
 * Gives paths that no controller answers to the servlet if one of its routes may: after all controllers, before static
 * resources. Other paths stay Spring's, so that its 404 does.
 */
final class WagiHandlerMapping extends AbstractHandlerMapping {

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
        return Routes.find(wagi.routes(), path) == null ? null : handler;
    }
}
