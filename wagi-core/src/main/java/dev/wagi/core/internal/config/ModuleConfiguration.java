// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.cgi.CgiArguments;
import dev.wagi.core.internal.outbound.AllowList;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.volume.Volume;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A checked entry of the configuration.
 *
 * @param place where it was written, for messages: {@code modules.toml, module 3}
 * @param name names it in logs; letters, digits, {@code . _ -}
 * @param route the paths it answers
 * @param source where its bytes are
 * @param pull how they are to be fetched
 * @param files what fetches it if it is a file
 * @param entrypoint the exported function to call
 * @param arguments its command line
 * @param environment its own variables
 * @param hosts the virtual hosts it answers to; empty for all
 * @param methods the methods it answers; empty for all
 * @param passAuthorization whether it may see the Authorization header
 * @param streamsRequestBody whether it is run before a body of unknown length is complete
 * @param contentType the type of all that it prints, if that is no CGI response
 * @param reuse whether its instances serve one request after another
 * @param limits what its guests may take
 * @param allowedHosts where it may connect to; empty for nowhere
 * @param localRedirects where its guests may redirect requests to inside of the host; empty for everywhere
 * @param deniedResponseHeaders the fields that its guests may not set, in lower case
 * @param volumes the host directories that it may use
 */
public record ModuleConfiguration(
        String place,
        String name,
        RoutePattern route,
        ModuleReference source,
        PullOptions pull,
        ModuleResolver files,
        String entrypoint,
        CgiArguments arguments,
        Map<String, String> environment,
        Set<String> hosts,
        Set<String> methods,
        boolean passAuthorization,
        boolean streamsRequestBody,
        Optional<String> contentType,
        boolean reuse,
        Limits limits,
        AllowList allowedHosts,
        Optional<List<RoutePattern>> localRedirects,
        Set<String> deniedResponseHeaders,
        List<Volume> volumes) {

    /** Copies the collections. */
    public ModuleConfiguration {
        environment = Map.copyOf(environment);
        hosts = Set.copyOf(hosts);
        methods = Set.copyOf(methods);
        localRedirects = localRedirects.map(List::copyOf);
        deniedResponseHeaders = Set.copyOf(deniedResponseHeaders);
        volumes = List.copyOf(volumes);
    }
}
