// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.ServerHttpObservationFilter;

/**
 * Tells Spring's observation of a request which route it is for, so that {@code http.server.requests} has a bounded
 * {@code uri}; and knows how Spring Security has authenticated a user, which the servlet API leaves open then.
 */
final class SpringWagiServlet extends WagiServlet {

    private static final long serialVersionUID = 1L;

    /** All paths that nothing answers are one. */
    private static final String NO_ROUTE = "/**";

    SpringWagiServlet(Wagi wagi) {
        super(wagi);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getDispatcherType() != DispatcherType.ASYNC) {
            ServerHttpObservationFilter.findObservationContext(request)
                    .ifPresent(observation -> observation.setPathPattern(pattern(request)));
        }
        super.service(request, response);
    }

    private String pattern(HttpServletRequest request) {
        boolean prefixed = request.getHttpServletMapping().getMappingMatch() == MappingMatch.PATH;
        String info = request.getPathInfo() == null ? "" : request.getPathInfo();
        String path = prefixed ? info : request.getServletPath() + info;
        String route = Routes.find(wagi().routes(), path.isEmpty() ? "/" : path);
        return (prefixed ? request.getServletPath() : "") + (route == null ? NO_ROUTE : route);
    }

    @Override
    protected @Nullable String authType(HttpServletRequest request) {
        String known = request.getAuthType();
        Principal user = request.getUserPrincipal();
        return known != null || user == null ? known : AuthType.of(user, request.getHeader("Authorization"));
    }
}
