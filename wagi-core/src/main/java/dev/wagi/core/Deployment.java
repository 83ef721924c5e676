// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.cgi.CgiEnvironment;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.config.Problems;
import dev.wagi.core.config.WagiConfiguration;
import dev.wagi.core.route.Route;
import dev.wagi.core.route.RoutePattern;
import dev.wagi.core.route.RoutingTable;
import dev.wagi.core.sandbox.Escape;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.IdleMemory;
import dev.wagi.core.sandbox.SandboxPool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A configuration at work: the routing table and the handlers behind it. Immutable. */
final class Deployment {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private static final byte[] HEALTHY = "OK".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_LOCAL_REDIRECTS = 10;

    private final RoutingTable<GuestHandler> table;
    private final @Nullable RoutePattern health;
    private final HostPort defaultHost;
    private final Map<String, GuestModule> modules;
    private final List<SandboxPool> pools;
    private final GuestLog guestLog;

    private Deployment(
            RoutingTable<GuestHandler> table,
            @Nullable RoutePattern health,
            HostPort defaultHost,
            Map<String, GuestModule> modules,
            List<SandboxPool> pools,
            GuestLog guestLog) {
        this.table = table;
        this.health = health;
        this.defaultHost = defaultHost;
        this.modules = Map.copyOf(modules);
        this.pools = pools;
        this.guestLog = guestLog;
    }

    /**
     * Puts a configuration to work.
     *
     * @param loaded the module of each configuration, all of them unless there are problems
     * @throws WagiConfigException if there are problems, or two modules claim the same route
     */
    static Deployment of(
            WagiConfiguration configuration,
            Map<ModuleConfiguration, ModuleLoader.Loaded> loaded,
            GuestLog guestLog,
            Problems problems) {
        checkConflicts(configuration.modules(), loaded, problems);
        problems.throwIfAny();
        Map<String, GuestModule> modules = new HashMap<>();
        Map<String, SandboxPool> pools = new HashMap<>();
        IdleMemory idle = IdleMemory.standard();
        CgiEnvironment.Server server =
                new CgiEnvironment.Server(configuration.defaultHost(), configuration.trustedProxies());
        List<Route<GuestHandler>> routes = new ArrayList<>();
        for (ModuleConfiguration module : configuration.modules()) {
            ModuleLoader.Loaded guest = Objects.requireNonNull(loaded.get(module));
            modules.put(guest.digest(), guest.module());
            SandboxPool pool = configuration.reuse() && module.reuse()
                    ? pools.computeIfAbsent(guest.digest(), digest -> SandboxPool.reusing(guest.module(), idle))
                    : SandboxPool.fresh(guest.module());
            GuestHandler handler = new GuestHandler(module, pool, guest.declarations(), server, guestLog);
            routes.addAll(routes(module, guest, handler));
        }
        return new Deployment(
                new RoutingTable<>(routes),
                configuration.health().orElse(null),
                configuration.defaultHost(),
                modules,
                List.copyOf(pools.values()),
                guestLog);
    }

    /** The routes of a module: its own and those that it declares, each pattern once. */
    private static <T> List<Route<T>> routes(
            ModuleConfiguration module, ModuleLoader.@Nullable Loaded guest, T target) {
        Set<RoutePattern> patterns = new LinkedHashSet<>();
        patterns.add(module.route());
        if (guest != null) {
            guest.declarations().forEach(declaration -> patterns.add(declaration.pattern()));
        }
        return patterns.stream()
                .map(pattern -> new Route<>(pattern, module.hosts(), module.methods(), target))
                .toList();
    }

    private static void checkConflicts(
            List<ModuleConfiguration> modules,
            Map<ModuleConfiguration, ModuleLoader.Loaded> loaded,
            Problems problems) {
        Map<RoutePattern, List<Route<ModuleConfiguration>>> byPattern = new HashMap<>();
        for (ModuleConfiguration module : modules) {
            for (Route<ModuleConfiguration> route : routes(module, loaded.get(module), module)) {
                List<Route<ModuleConfiguration>> others =
                        byPattern.computeIfAbsent(route.pattern(), pattern -> new ArrayList<>());
                for (Route<ModuleConfiguration> other : others) {
                    if (route.conflictsWith(other)) {
                        problems.add(
                                module.place() + ", key 'route'",
                                "\"" + route.pattern() + "\" is already a route of "
                                        + other.target().place()
                                        + "; give them different routes, hosts or methods");
                    }
                }
                others.add(route);
            }
        }
    }

    /** Drops idle sandboxes, and closes the files of guests' logs, unless the next one has them. Requests that still run open them again. */
    void close(@Nullable Deployment next) {
        pools.forEach(SandboxPool::close);
        if (guestLog instanceof FileGuestLog files && (next == null || next.guestLog != guestLog)) {
            files.close();
        }
    }

    /** Where guests' standard error goes. */
    GuestLog guestLog() {
        return guestLog;
    }

    /** The modules at work, by the SHA-256 of their bytes. */
    Map<String, GuestModule> modules() {
        return modules;
    }

    List<RouteInfo> routes() {
        return table.routes().stream()
                .map(route -> route.target().describe(route))
                .toList();
    }

    /**
     * Answers a request.
     *
     * @throws IOException if the client is gone
     */
    void handle(WagiRequest request, String id, ResponseSink sink) throws IOException {
        boolean head = request.method().equals("HEAD");
        CgiRequest cgi = CgiRequest.parse(request, id).orElse(null);
        if (cgi == null) {
            Failure.BAD_REQUEST.send(sink, id, head, Headers.none());
            return;
        }
        for (int hop = 0; hop <= MAX_LOCAL_REDIRECTS; hop++) {
            Optional<String> redirect = handleOnce(cgi, sink, head);
            if (redirect.isEmpty()) {
                return;
            }
            cgi = CgiRequest.parse(redirected(request, redirect.get()), id).orElse(null);
            if (cgi == null) {
                LOG.warn("request {} was redirected to the malformed path {}", id, Escape.forLog(redirect.get()));
                Failure.BAD_GUEST.send(sink, id, head, Headers.none());
                return;
            }
        }
        LOG.warn("request {} ran into more than {} local redirects", id, MAX_LOCAL_REDIRECTS);
        Failure.INTERNAL.send(sink, id, head, Headers.none());
    }

    private Optional<String> handleOnce(CgiRequest cgi, ResponseSink sink, boolean head) throws IOException {
        if (health != null && health.matches(cgi.path())) {
            sendHealth(sink, cgi.id(), head);
            return Optional.empty();
        }
        RoutingTable.@Nullable Match<GuestHandler> match =
                table.match(cgi.server().orElse(defaultHost).host(), cgi.path());
        if (match == null) {
            Failure.NOT_FOUND.send(sink, cgi.id(), head, Headers.none());
            return Optional.empty();
        }
        Route<GuestHandler> route = match.forMethod(cgi.request().method());
        if (route == null) {
            Failure.METHOD_NOT_ALLOWED.send(sink, cgi.id(), head, Headers.of("Allow", match.allow()));
            return Optional.empty();
        }
        return route.target().handle(cgi, sink, head);
    }

    /** The path that a guest named, as GET without body (RFC 3875, section 6.2.2). */
    private static WagiRequest redirected(WagiRequest request, String target) {
        Headers.Builder headers = Headers.builder();
        for (Headers.Field field : request.headers()) {
            if (!field.name().toLowerCase(Locale.ROOT).startsWith("content-")) {
                headers.add(field.name(), field.value());
            }
        }
        WagiRequest.Builder redirected = WagiRequest.builder("GET", target)
                .headers(headers.build())
                .mountPath(request.mountPath())
                .protocol(request.protocol())
                .scheme(request.scheme())
                .remoteAddress(request.remoteAddress());
        request.authType().ifPresent(redirected::authType);
        request.remoteUser().ifPresent(redirected::remoteUser);
        return redirected.build();
    }

    private static void sendHealth(ResponseSink sink, String id, boolean head) throws IOException {
        sink.start(200, Headers.of("Content-Type", "text/plain; charset=utf-8", RequestId.HEADER, id), HEALTHY.length);
        if (!head) {
            sink.write(HEALTHY, 0, HEALTHY.length);
        }
        sink.end();
    }
}
