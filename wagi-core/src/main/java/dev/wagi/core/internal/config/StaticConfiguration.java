// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.volume.Volume;
import java.util.Map;
import java.util.Set;

/**
 * Checked files that are served without a module.
 *
 * @param place where they are configured, for messages
 * @param route the paths
 * @param hosts the virtual hosts; empty for all
 * @param path the directory or file as it was configured
 * @param directory the directory, read-only
 * @param only the name of the only file that is served; empty for all
 * @param index the file that is served for a directory; empty for none
 * @param types media types by extension in lower case, without a dot
 * @param caching the value of Cache-Control; empty for none
 * @param precompressed whether there may be compressed files next to the others
 */
public record StaticConfiguration(
        String place,
        RoutePattern route,
        Set<String> hosts,
        String path,
        Volume directory,
        String only,
        String index,
        Map<String, String> types,
        String caching,
        boolean precompressed) {

    /** The methods that are answered; GET includes HEAD. */
    public static final Set<String> METHODS = Set.of("GET");

    /** Copies the collections. */
    public StaticConfiguration {
        hosts = Set.copyOf(hosts);
        types = Map.copyOf(types);
    }
}
