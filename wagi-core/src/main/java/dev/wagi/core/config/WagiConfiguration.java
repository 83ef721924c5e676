// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import dev.wagi.core.cgi.HostPort;
import java.util.List;

/**
 * A checked configuration.
 *
 * @param defaultHost SERVER_NAME and SERVER_PORT of requests without a Host header
 * @param healthPath the path of the built-in health check; empty for none
 * @param modules the modules, in the order of the file
 */
public record WagiConfiguration(HostPort defaultHost, String healthPath, List<ModuleConfiguration> modules) {

    /** What is served under {@link #healthPath} unless told otherwise. */
    public static final String DEFAULT_HEALTH_PATH = "/healthz";

    /** The listen address of WAGI, which is also its default host. */
    public static final HostPort DEFAULT_HOST = new HostPort("127.0.0.1", 3000);

    /** Copies the list. */
    public WagiConfiguration {
        modules = List.copyOf(modules);
    }
}
