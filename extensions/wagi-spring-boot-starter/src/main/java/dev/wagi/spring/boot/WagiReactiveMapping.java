// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.spring.webflux.WagiWebHandler;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Gives requests of WebFlux to the handler: all below a path, before anything else looks at them; or those that no
 * controller answers and one of the routes may, before static resources. Tells Spring's observation of a request which
 * route it is for.
 */
final class WagiReactiveMapping implements HandlerMapping, Ordered {

    /** All paths that nothing answers are one. */
    private static final String NO_ROUTE = "/**";

    private final Wagi wagi;
    private final WagiWebHandler handler;
    private final String prefix;
    private final String healthPath;

    /**
     * Creates a mapping.
     *
     * @param prefix the path, or empty for what no controller answers
     */
    WagiReactiveMapping(Wagi wagi, WagiWebHandler handler, String prefix, String healthPath) {
        this.wagi = wagi;
        this.handler = handler;
        this.prefix = prefix;
        this.healthPath = healthPath;
    }

    @Override
    public int getOrder() {
        return prefix.isEmpty() ? Ordered.LOWEST_PRECEDENCE - 100 : Ordered.HIGHEST_PRECEDENCE + 100;
    }

    @Override
    public Mono<Object> getHandler(ServerWebExchange exchange) {
        String path = decoded(exchange);
        if (path == null || !prefix.isEmpty() && !path.equals(prefix) && !path.startsWith(prefix + "/")) {
            return Mono.empty();
        }
        String below = path.substring(prefix.length());
        String route = Routes.find(wagi.routes(), below.isEmpty() ? "/" : below);
        if (route == null && prefix.isEmpty() && !path.equals(healthPath)) {
            return Mono.empty();
        }
        ServerRequestObservationContext.findCurrent(exchange.getAttributes())
                .ifPresent(observation -> observation.setPathPattern(prefix + (route == null ? NO_ROUTE : route)));
        return Mono.just(handler);
    }

    /** The path below the context path; null if it cannot be decoded. */
    private static @Nullable String decoded(ServerWebExchange exchange) {
        String path = exchange.getRequest().getPath().pathWithinApplication().value();
        try {
            return StringUtils.uriDecode(path, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
