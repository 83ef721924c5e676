// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** What is served, without secrets: neither variables nor directories. */
@Endpoint(id = "wagi")
public class WagiEndpoint {

    private final Wagi wagi;
    private final WagiFactory factory;
    private final boolean mayReload;

    WagiEndpoint(Wagi wagi, WagiFactory factory, boolean mayReload) {
        this.wagi = wagi;
        this.factory = factory;
        this.mayReload = mayReload;
    }

    /** The routes in the order of the configuration, and how many requests may run at the same time. */
    @ReadOperation
    public Map<String, Object> served() {
        List<Map<String, Object>> routes = wagi.routes().stream()
                .map(route -> Map.<String, Object>of(
                        "route", route.route(),
                        "module", route.module(),
                        "source", route.source(),
                        "entrypoint", route.entrypoint(),
                        "hosts", route.hosts(),
                        "methods", route.methods()))
                .toList();
        return Map.of("routes", routes, "maxTotalConcurrency", wagi.maxTotalConcurrency());
    }

    /** Loads the configuration again; what was served goes on being served if something is wrong with it. */
    @WriteOperation
    public Map<String, Object> reload() {
        if (!mayReload) {
            throw new InvalidEndpointRequestException(
                    "reload is switched off", "set wagi.reload-endpoint=true to allow it");
        }
        wagi.reload(factory.builder());
        return served();
    }
}
