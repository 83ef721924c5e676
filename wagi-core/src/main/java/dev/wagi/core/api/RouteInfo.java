// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.List;

/**
 * A line of the routing table, for display.
 *
 * @param route the pattern as configured
 * @param module the module's name
 * @param source the module's reference as configured
 * @param entrypoint the exported function that is called
 * @param hosts the virtual hosts it answers to, sorted; empty for all
 * @param methods the methods it answers, sorted; empty for all
 */
public record RouteInfo(
        String route, String module, String source, String entrypoint, List<String> hosts, List<String> methods) {

    /** Copies the lists. */
    public RouteInfo {
        hosts = List.copyOf(hosts);
        methods = List.copyOf(methods);
    }
}
