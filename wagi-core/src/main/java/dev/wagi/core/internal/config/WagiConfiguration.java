// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.cgi.TrustedProxies;
import dev.wagi.core.internal.route.RoutePattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A checked configuration.
 *
 * @param defaultHost SERVER_NAME and SERVER_PORT of requests without a Host header
 * @param trustedProxies the proxies trusted to report a client's address and what it asked for
 * @param health the path of the built-in health check; empty for none
 * @param reuse whether instances may serve several requests at all
 * @param lazy whether all modules are loaded at their first request, or none; empty if each module says so itself
 * @param maxConcurrency how many requests of all modules together run at the same time
 * @param maxQueue how many requests of all modules together wait for their turn
 * @param loadTimeout how long each step of loading a module may take: fetching it, compiling it
 * @param modules the modules, in the order of the file
 * @param staticFiles the files that are served without a module, in the order of the file
 */
public record WagiConfiguration(
        HostPort defaultHost,
        TrustedProxies trustedProxies,
        Optional<RoutePattern> health,
        boolean reuse,
        Optional<Boolean> lazy,
        int maxConcurrency,
        int maxQueue,
        Duration loadTimeout,
        List<ModuleConfiguration> modules,
        List<StaticConfiguration> staticFiles) {

    /** The default path of the health check. */
    public static final String DEFAULT_HEALTH_PATH = "/healthz";

    /** The listen address of WAGI, which is also its default host. */
    public static final HostPort DEFAULT_HOST = new HostPort("127.0.0.1", 3000);

    /** Enough: a module of 40 MB compiles in less than two minutes. */
    public static final Duration DEFAULT_LOAD_TIMEOUT = Duration.ofMinutes(5);

    private static final Duration MAX_LOAD_TIMEOUT = Duration.ofDays(1);

    /**
     * Checks a time for loading.
     *
     * @throws IllegalArgumentException if it is out of range; the message continues a sentence that begins with the
     *     value
     */
    public static Duration checkLoadTimeout(Duration time) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(MAX_LOAD_TIMEOUT) > 0) {
            throw new IllegalArgumentException("is not between a second and a day; write for instance \"5m\"");
        }
        return time;
    }

    /** Copies the lists. */
    public WagiConfiguration {
        modules = List.copyOf(modules);
        staticFiles = List.copyOf(staticFiles);
    }
}
