// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import dev.wagi.core.api.Limits;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.cgi.TrustedProxies;
import dev.wagi.core.route.RoutePattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as the user wrote it, in files and in Java, unchecked. Mutable; the one place where the rules for what is
 * not one module's are. Checking reads the files anew and changes nothing here, so it can be done again.
 */
public final class ConfigurationDraft {

    /** What all modules together have by default; one has less. */
    private static final Limits TOTAL = Limits.defaults()
            .withMaxConcurrency(Math.min(Limits.defaults().maxConcurrency() / 3 * 4, 1 << 16))
            .withMaxQueue(256);

    /** Files whose modules are served. */
    public final List<Path> files = new ArrayList<>();

    /** Modules set in Java. */
    public final List<ModuleDraft> modules = new ArrayList<>();

    /** Variables for all modules. */
    public final Map<String, String> environment = new LinkedHashMap<>();

    /** Trusted proxies beside those of the files. */
    public final List<String> trustedProxies = new ArrayList<>();

    /** The default host if nothing else names one. */
    public @Nullable String listenAddress;

    /** The default host, whatever the files say. */
    public @Nullable String defaultHost;

    /** Whether instances may serve one request after another, as far as their modules allow it. */
    public boolean reuse = true;

    /** Limits of all modules that do not say otherwise. */
    public Limits limits = Limits.defaults();

    /** How many requests of all modules together run and wait, as limits of one; after what the files say. */
    public final List<UnaryOperator<Limits>> totals = new ArrayList<>();

    /** How long one step of loading a module may take, whatever the files say. */
    public @Nullable Duration loadTimeout;

    /** The path of the health check, whatever the files say. */
    public @Nullable String healthPath;

    /**
     * Reads the files and checks everything.
     *
     * @param more modules from elsewhere
     * @param address the default host if nothing else names one; null for WAGI's
     * @param problems takes all that is wrong; then the result is of no use
     */
    public WagiConfiguration check(List<ModuleDraft> more, @Nullable HostPort address, Problems problems) {
        HostPort host = null;
        String health = healthPath;
        Duration load = loadTimeout;
        List<String> proxies = new ArrayList<>(trustedProxies);
        List<ModuleDraft> all = new ArrayList<>();
        Limits total = TOTAL;
        for (Path file : files) {
            ConfigurationFile read = ConfigurationFile.read(file, problems);
            host = read.defaultHost().orElse(host);
            health = health == null ? read.healthPath().orElse(null) : health;
            load = load == null ? read.loadTimeout().orElse(null) : load;
            proxies.addAll(read.trustedProxies());
            total = apply(read.totals(), total);
            all.addAll(read.modules());
        }
        all.addAll(more);
        all.addAll(modules);
        if (defaultHost != null) {
            host = parseHost("default host", defaultHost, problems);
        } else if (host == null && listenAddress != null) {
            host = parseHost("listen address", listenAddress, problems);
        } else if (host == null) {
            host = address;
        }
        total = apply(totals, total);
        return new WagiConfiguration(
                host == null ? WagiConfiguration.DEFAULT_HOST : host,
                parseProxies(proxies, problems),
                parseHealth(health == null ? WagiConfiguration.DEFAULT_HEALTH_PATH : health, problems),
                reuse,
                total.maxConcurrency(),
                total.maxQueue(),
                load == null ? WagiConfiguration.DEFAULT_LOAD_TIMEOUT : load,
                checkModules(all, problems));
    }

    private static Limits apply(List<UnaryOperator<Limits>> changes, Limits limits) {
        Limits changed = limits;
        for (UnaryOperator<Limits> change : changes) {
            changed = change.apply(changed);
        }
        return changed;
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
