// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.StaticFilesBuilder;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.cgi.TrustedProxies;
import dev.wagi.core.internal.route.RoutePattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The unchecked configuration as one party describes it: the program that builds the host, or a source. Mutable. All
 * rules for settings that do not belong to a module are checked here. Checking changes nothing, so it can be repeated.
 */
public final class ConfigurationDraft {

    /** The default limits for all modules together; those of one module are lower. */
    private static final Limits TOTAL = Limits.defaults()
            .withMaxConcurrency(Math.min(Limits.defaults().maxConcurrency() / 3 * 4, 1 << 16))
            .withMaxQueue(256);

    private final String origin;
    private final List<ModuleDraft> modules = new ArrayList<>();
    private final List<StaticDraft> statics = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> trustedProxies = new ArrayList<>();
    private final List<UnaryOperator<Limits>> totals = new ArrayList<>();
    private @Nullable String listenAddress;
    private @Nullable String defaultHost;
    private @Nullable Duration loadTimeout;
    private @Nullable String healthPath;
    private Limits limits = Limits.defaults();
    private boolean reuse = true;
    private @Nullable Boolean lazy;

    /**
     * Creates an empty draft.
     *
     * @param origin the party that describes it, for messages
     */
    public ConfigurationDraft(String origin) {
        this.origin = origin;
    }

    /** Adds a module. */
    public void addModule(Consumer<? super ModuleDraft> settings) {
        ModuleDraft module = new ModuleDraft(origin + ", module " + (modules.size() + 1));
        settings.accept(module);
        modules.add(module);
    }

    /** Adds files that are served without a module. */
    public void addStaticFiles(Consumer<? super StaticFilesBuilder> settings) {
        StaticDraft files = new StaticDraft(origin + ", static " + (statics.size() + 1));
        settings.accept(files);
        statics.add(files);
    }

    /** Returns whether there is a module, or files that are served without one. */
    public boolean hasRoutes() {
        return !modules.isEmpty() || !statics.isEmpty();
    }

    /** Sets SERVER_NAME and SERVER_PORT of requests without a Host header. */
    public void defaultHost(String host) {
        defaultHost = Objects.requireNonNull(host, "host");
    }

    /** Sets the default host to use if nothing else sets one. */
    public void listenAddress(String address) {
        listenAddress = Objects.requireNonNull(address, "address");
    }

    /** Returns whether there is a listen address. */
    public boolean hasListenAddress() {
        return listenAddress != null;
    }

    /** Adds trusted proxies. */
    public void addTrustedProxies(Collection<String> addresses) {
        trustedProxies.addAll(List.copyOf(addresses));
    }

    /** Sets the path of the health check; empty for none. */
    public void healthPath(String path) {
        healthPath = Objects.requireNonNull(path, "path");
    }

    /** Adds a variable for the modules of all drafts. */
    public void addEnvironment(String name, String value) {
        environment.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
    }

    /** Sets whether instances may serve several requests, if their modules allow it. */
    public void reuse(boolean allowed) {
        reuse = allowed;
    }

    /** Sets whether modules may be loaded at their first request, if their settings say so. */
    public void lazy(boolean allowed) {
        lazy = allowed ? null : false;
    }

    /** Loads all modules at their first request, whatever their settings say. */
    public void loadOnDemand() {
        lazy = true;
    }

    /** Changes the limits of all modules that do not set their own. */
    public void limits(UnaryOperator<Limits> change) {
        limits = Objects.requireNonNull(change.apply(limits), "the limits that change returned");
    }

    /**
     * Sets how many requests of all modules together run.
     *
     * @throws IllegalArgumentException if the number is out of range
     */
    public void maxTotalConcurrency(int requests) {
        total(total -> total.withMaxConcurrency(requests));
    }

    /**
     * Sets how many requests of all modules together wait.
     *
     * @throws IllegalArgumentException if the number is out of range
     */
    public void maxTotalQueue(int requests) {
        total(total -> total.withMaxQueue(requests));
    }

    private void total(UnaryOperator<Limits> change) {
        Objects.requireNonNull(change.apply(Limits.defaults()));
        totals.add(change);
    }

    /**
     * Sets how long one step of loading a module may take.
     *
     * @throws IllegalArgumentException if the time is out of range
     */
    public void loadTimeout(Duration time) {
        try {
            loadTimeout = WagiConfiguration.checkLoadTimeout(time);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(time + " " + e.getMessage(), e);
        }
    }

    /**
     * Checks everything.
     *
     * @param sources the drafts of sources; this draft takes precedence over them, and later ones over earlier ones
     * @param problems receives everything that is wrong; if there are problems the result must not be used
     */
    public WagiConfiguration check(List<ConfigurationDraft> sources, Problems problems) {
        List<ConfigurationDraft> all = new ArrayList<>(sources);
        all.add(this);
        String host = null;
        String hint = null;
        String health = null;
        Duration load = null;
        Limits total = TOTAL;
        List<String> proxies = new ArrayList<>();
        List<ModuleDraft> drafts = new ArrayList<>();
        List<StaticConfiguration> files = new ArrayList<>();
        for (ConfigurationDraft draft : all) {
            host = draft.defaultHost == null ? host : draft.defaultHost;
            hint = draft.listenAddress == null ? hint : draft.listenAddress;
            health = draft.healthPath == null ? health : draft.healthPath;
            load = draft.loadTimeout == null ? load : draft.loadTimeout;
            for (UnaryOperator<Limits> change : draft.totals) {
                total = change.apply(total);
            }
            proxies.addAll(draft.trustedProxies);
            drafts.addAll(draft.modules);
            draft.statics.forEach(each -> each.check(problems).ifPresent(files::add));
        }
        HostPort server = host != null
                ? parseHost("default host", host, problems)
                : hint != null ? parseHost("listen address", hint, problems) : null;
        return new WagiConfiguration(
                server == null ? WagiConfiguration.DEFAULT_HOST : server,
                parseProxies(proxies, problems),
                parseHealth(health == null ? WagiConfiguration.DEFAULT_HEALTH_PATH : health, problems),
                reuse,
                Optional.ofNullable(lazy),
                total.maxConcurrency(),
                total.maxQueue(),
                load == null ? WagiConfiguration.DEFAULT_LOAD_TIMEOUT : load,
                checkModules(drafts, problems),
                files);
    }

    private List<ModuleConfiguration> checkModules(List<ModuleDraft> drafts, Problems problems) {
        Map<String, String> variables = ModuleDraft.checkVariables("environment of all modules", environment, problems)
                ? environment
                : Map.of();
        Set<String> names = new HashSet<>();
        drafts.forEach(draft -> draft.claimName(names, problems));
        List<ModuleConfiguration> checked = new ArrayList<>();
        drafts.forEach(draft -> draft.check(names, variables, limits, problems).ifPresent(checked::add));
        return checked;
    }

    private static @Nullable HostPort parseHost(String what, String text, Problems problems) {
        HostPort host = HostPort.parse(text).orElse(null);
        if (host == null) {
            problems.add(what, "\"" + text + "\" is not host or host:port; write for instance \"localhost:3000\"");
        }
        return host;
    }

    private static TrustedProxies parseProxies(List<String> addresses, Problems problems) {
        try {
            return TrustedProxies.parse(addresses);
        } catch (IllegalArgumentException e) {
            problems.add("trusted proxies", String.valueOf(e.getMessage()));
            return TrustedProxies.none();
        }
    }

    private static Optional<RoutePattern> parseHealth(String path, Problems problems) {
        try {
            return path.isEmpty() ? Optional.empty() : Optional.of(RoutePattern.parse(path));
        } catch (IllegalArgumentException e) {
            problems.add("health path", "\"" + path + "\" " + e.getMessage());
            return Optional.empty();
        }
    }
}
