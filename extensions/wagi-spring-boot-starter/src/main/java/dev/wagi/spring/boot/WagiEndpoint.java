// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleInfo.AllowedHost;
import dev.wagi.core.api.ModuleInfo.Volume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** What is served, without secrets: neither variables nor directories of the host. */
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

    /** The routes and modules in the order of the configuration, and how many requests may run at the same time. */
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
        return Map.of(
                "routes",
                routes,
                "modules",
                wagi.modules().stream().map(WagiEndpoint::module).toList(),
                "maxTotalConcurrency",
                wagi.maxTotalConcurrency());
    }

    private static Map<String, Object> module(ModuleInfo module) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("module", module.module());
        values.put("state", module.state().name().toLowerCase(Locale.ROOT));
        module.digest().ifPresent(digest -> values.put("sha256", digest));
        module.bytes().ifPresent(bytes -> values.put("bytes", bytes));
        values.put("toolchain", module.toolchain());
        values.put("imports", module.imports());
        values.put(
                "allowedHosts",
                module.allowedHosts().stream().map(AllowedHost::toString).toList());
        values.put("volumes", module.volumes().stream().map(Volume::toString).toList());
        return values;
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
