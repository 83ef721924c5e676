// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.cgi.TrustedProxies;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.config.StaticConfiguration;
import dev.wagi.core.internal.config.WagiConfiguration;
import dev.wagi.core.internal.loading.LoadThreads;
import dev.wagi.core.internal.loading.ModuleLoader;
import dev.wagi.core.internal.log.FileGuestLog;
import dev.wagi.core.internal.outbound.Outbound;
import dev.wagi.core.internal.route.Route;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.route.RoutingTable;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.IdleMemory;
import dev.wagi.core.internal.sandbox.InstanceCounts;
import dev.wagi.core.internal.sandbox.SandboxPool;
import dev.wagi.core.internal.volume.Mount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A configuration in service: the routing table and the handlers of its routes. Immutable. */
public final class Deployment {

    private static final FixedAnswer NOT_FOUND = FixedAnswer.of(Failure.NOT_FOUND, RequestOutcome.NOT_FOUND);

    private final RoutingTable<RouteTarget> table;
    private final @Nullable RoutePattern health;
    private final HostPort defaultHost;
    private final TrustedProxies trustedProxies;
    private final ModuleLoader.Known modules;
    private final Map<GuestModule, Pooled> pools;
    private final List<LazyGuest> lazies;
    private final IdleMemory idle;

    /** In the order of the configuration. */
    private final List<GuestHandler> handlers;

    private final GuestLog guestLog;
    private final @Nullable OutboundHttpClient ownHttp;

    /**
     * A pool that lends instances again.
     *
     * @param counts of the first of the modules that share it
     */
    private record Pooled(SandboxPool pool, InstanceCounts counts) {}

    private Deployment(
            RoutingTable<RouteTarget> table,
            @Nullable RoutePattern health,
            HostPort defaultHost,
            TrustedProxies trustedProxies,
            ModuleLoader.Known modules,
            Map<GuestModule, Pooled> pools,
            List<LazyGuest> lazies,
            IdleMemory idle,
            List<GuestHandler> handlers,
            GuestLog guestLog,
            @Nullable OutboundHttpClient ownHttp) {
        this.table = table;
        this.health = health;
        this.defaultHost = defaultHost;
        this.trustedProxies = trustedProxies;
        this.modules = modules;
        this.pools = pools;
        this.lazies = List.copyOf(lazies);
        this.idle = idle;
        this.handlers = List.copyOf(handlers);
        this.guestLog = guestLog;
        this.ownHttp = ownHttp;
    }

    /**
     * Puts a configuration into service.
     *
     * @param loaded the module of each configuration; a configuration without one answers 503
     * @param mounts the current volumes of all configurations
     * @param transfers counts the files that are being sent
     * @param admission decides when requests run; its limits are not changed
     * @param ownHttp whether to close the client with this
     * @param old what was served so far, null for nothing: its instances were counted
     * @throws WagiConfigException if there are problems, or two modules claim the same route
     */
    public static Deployment of(
            WagiConfiguration configuration,
            Map<ModuleConfiguration, ModuleLoader.Loaded> loaded,
            GuestLog guestLog,
            OutboundHttpClient http,
            boolean ownHttp,
            Listeners listener,
            @Nullable Deployment old,
            Mount.Table mounts,
            Transfers transfers,
            Admission admission,
            Problems problems) {
        checkConflicts(configuration, loaded, problems);
        problems.throwIfAny();
        Map<String, ModuleLoader.KnownCode> modules = new HashMap<>();
        List<LazyGuest> lazies = new ArrayList<>();
        Map<GuestModule, Pooled> pools = new IdentityHashMap<>();
        IdleMemory idle = old == null ? IdleMemory.standard() : old.idle;
        Map<String, InstanceCounts> counted = old == null ? Map.of() : old.counts();
        Map<String, ModuleLoader.Started> started = new HashMap<>();
        List<Route<RouteTarget>> routes = new ArrayList<>();
        List<GuestHandler> handlers = new ArrayList<>();
        GuestLog log = listener.with(guestLog);
        for (ModuleConfiguration module : configuration.modules()) {
            ModuleLoader.Loaded guest = loaded.get(module);
            SandboxPool pool = SandboxPool.NONE;
            LazyGuest lazy = null;
            Admission.Lane lane = admission.lane(
                    module.limits().maxConcurrency(), module.limits().maxQueue());
            // A pool that modules share counts for the first of them.
            InstanceCounts counts = counted.getOrDefault(module.name(), new InstanceCounts());
            if (guest != null) {
                started.putIfAbsent(module.name(), new ModuleLoader.Started(module, guest));
                modules.merge(guest.digest(), guest.code(), ModuleLoader.KnownCode::and);
                Function<GuestModule, SandboxPool> newPool = configuration.reuse() && module.reuse()
                        ? key -> SandboxPool.reusing(key, idle, counts)
                        : key -> SandboxPool.fresh(key, counts);
                if (guest.loading() != null) {
                    lazy = new LazyGuest(
                            module,
                            guest.loading(),
                            lane,
                            newPool,
                            LoadedModules.SHARED,
                            guest.loading().isLarge() ? LoadThreads.COMPILE_LARGE : LoadThreads.COMPILE,
                            LoadThreads.START,
                            System::nanoTime);
                    lazies.add(lazy);
                    if (guest.guest() != null) {
                        lazy.finish(guest.guest());
                    }
                } else if (guest.guest() != null) {
                    GuestModule loadedModule = guest.guest().module();
                    pool = configuration.reuse() && module.reuse()
                            ? pools.computeIfAbsent(loadedModule, key -> pooled(key, counts, newPool, old))
                                    .pool()
                            : newPool.apply(loadedModule);
                }
            }
            Outbound outbound = outbound(module, http, listener);
            GuestHandler handler = new GuestHandler(
                    module,
                    pool,
                    lazy,
                    counts,
                    mounts.mount(module.volumes()),
                    guest,
                    configuration.defaultHost(),
                    outbound,
                    log,
                    listener,
                    lane);
            handlers.add(handler);
            routes.addAll(routes(module, guest, handler));
        }
        for (StaticConfiguration files : configuration.staticFiles()) {
            Mount mount = mounts.mount(List.of(files.directory())).get(0);
            routes.add(route(files, new FileHandler(files, mount, transfers)));
        }
        return new Deployment(
                new RoutingTable<>(routes),
                configuration.health().orElse(null),
                configuration.defaultHost(),
                configuration.trustedProxies(),
                new ModuleLoader.Known(modules, started),
                pools,
                lazies,
                idle,
                handlers,
                guestLog,
                ownHttp ? http : null);
    }

    /** Returns the pool that a module has had so far, with the instances that wait in it, or a new one. */
    private static Pooled pooled(
            GuestModule module,
            InstanceCounts counts,
            Function<GuestModule, SandboxPool> newPool,
            @Nullable Deployment old) {
        Pooled before = old == null ? null : old.pools.get(module);
        return before != null && before.counts() == counts ? before : new Pooled(newPool.apply(module), counts);
    }

    private static Outbound outbound(ModuleConfiguration module, OutboundHttpClient http, WagiListener listener) {
        Limits limits = module.limits();
        return new Outbound(
                module.name(),
                module.allowedHosts(),
                limits.httpMaxConcurrency(),
                limits.httpMaxRequests(),
                limits.httpMaxResponseBodyBytes(),
                limits.maxRequestBodyBytes(),
                http,
                listener);
    }

    /** Returns whether any requests for the module's route reach a module that could be loaded. */
    public boolean serves(ModuleConfiguration module) {
        return anyTarget(module, GuestHandler::isLoaded);
    }

    /** Returns whether any requests for the module's route reach a module that is in memory. */
    public boolean hasInMemory(ModuleConfiguration module) {
        return anyTarget(module, GuestHandler::isInMemory);
    }

    private boolean anyTarget(ModuleConfiguration module, Predicate<GuestHandler> wants) {
        Route<ModuleConfiguration> wanted = new Route<>(module.route(), module.hosts(), module.methods(), module);
        return table.routes().stream()
                .anyMatch(route ->
                        route.meets(wanted) && route.target() instanceof GuestHandler guest && wants.test(guest));
    }

    /** Returns the routes of a module: its own and those that it declares, each pattern once. */
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

    private static <T> Route<T> route(StaticConfiguration files, T target) {
        return new Route<>(files.route(), files.hosts(), StaticConfiguration.METHODS, target);
    }

    private static void checkConflicts(
            WagiConfiguration configuration, Map<ModuleConfiguration, ModuleLoader.Loaded> loaded, Problems problems) {
        Map<RoutePattern, List<Route<String>>> claimed = new HashMap<>();
        for (ModuleConfiguration module : configuration.modules()) {
            for (Route<String> route : routes(module, loaded.get(module), module.place())) {
                claim(route, route, claimed, problems);
            }
        }
        for (StaticConfiguration files : configuration.staticFiles()) {
            Route<String> route = route(files, files.place());
            // A module for all methods would lose GET, which nobody has said.
            claim(route, new Route<>(route.pattern(), route.hosts(), Set.of(), route.target()), claimed, problems);
        }
    }

    /**
     * Records a route.
     *
     * @param wide the same route, or one that must not conflict with others either
     */
    private static void claim(
            Route<String> route,
            Route<String> wide,
            Map<RoutePattern, List<Route<String>>> claimed,
            Problems problems) {
        List<Route<String>> others = claimed.computeIfAbsent(route.pattern(), pattern -> new ArrayList<>());
        for (Route<String> other : others) {
            if (route.conflictsWith(other) || wide.conflictsWith(other)) {
                problems.add(
                        route.target() + ", key 'route'",
                        "\"" + route.pattern() + "\" is already a route of " + other.target()
                                + "; give them different routes, hosts or methods");
            }
        }
        others.add(route);
    }

    /**
     * Drops idle sandboxes, and closes the files of guests' logs, unless the next deployment uses them. Requests that
     * still run open the files again.
     */
    public void close(@Nullable Deployment next) {
        pools.forEach((module, pooled) -> {
            if (next == null || next.pools.get(module) != pooled) {
                pooled.pool().close();
            }
        });
        lazies.forEach(lazy -> lazy.close(next == null));
        if (ownHttp != null) {
            ownHttp.close();
        }
        if (guestLog instanceof FileGuestLog files && (next == null || next.guestLog != guestLog)) {
            files.close();
        }
    }

    /** Returns the counts of the instances of each module by its name. */
    private Map<String, InstanceCounts> counts() {
        Map<String, InstanceCounts> counts = new HashMap<>();
        handlers.forEach(handler -> counts.putIfAbsent(handler.configuration().name(), handler.counts()));
        return counts;
    }

    /** Returns what each module uses now. */
    public List<ModuleUsage> usage() {
        return handlers.stream().map(GuestHandler::usage).toList();
    }

    /** Returns each module, in the order of the configuration. */
    public List<ModuleInfo> describe() {
        return handlers.stream().map(GuestHandler::describe).toList();
    }

    /** Returns the heap of idle instances in bytes. */
    public long pooledBytes() {
        return idle.used();
    }

    /** Returns the log for the guests' standard error. */
    public GuestLog guestLog() {
        return guestLog;
    }

    /** Returns the modules in service. */
    public ModuleLoader.Known modules() {
        return modules;
    }

    public List<RouteInfo> routes() {
        return table.routes().stream()
                .map(route -> route.target().describe(route))
                .toList();
    }

    /** Checks a request that has just arrived; returns empty if it is malformed. */
    Optional<CgiRequest> parse(WagiRequest request, String id) {
        return CgiRequest.parse(request, id, trustedProxies);
    }

    /** Returns what answers a request. */
    Target target(CgiRequest request) {
        if (isHealth(request)) {
            return FixedAnswer.HEALTHY;
        }
        RoutingTable.Match<RouteTarget> match =
                table.match(request.server().orElse(defaultHost).host(), request.path());
        if (match == null) {
            return NOT_FOUND;
        }
        Route<RouteTarget> route = match.forMethod(request.request().method());
        return route == null ? FixedAnswer.notAllowed(match.allow()) : route.target();
    }

    /** Returns what a guest would get for a request; empty if no guest would run. */
    public Optional<GuestInput> preview(WagiRequest request) {
        CgiRequest cgi = parse(request, RequestId.next()).orElse(null);
        return cgi != null && target(cgi) instanceof GuestHandler guest
                ? Optional.of(guest.preview(cgi))
                : Optional.empty();
    }

    /**
     * Loads a module ahead of its requests.
     *
     * @throws WagiConfigException if it cannot be loaded
     * @throws IllegalArgumentException if there is no module of this name
     */
    public void load(String module) {
        handlers.stream()
                .filter(handler -> handler.configuration().name().equals(module))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no module \"" + module + "\"; modules() returns those that there are"))
                .load();
    }

    private boolean isHealth(CgiRequest cgi) {
        return health != null && health.matches(cgi.path());
    }
}
