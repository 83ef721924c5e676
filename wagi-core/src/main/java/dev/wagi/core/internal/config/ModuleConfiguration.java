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
 * @param name its name in logs; letters, digits, {@code . _ -}
 * @param route the paths it answers
 * @param source where its bytes are
 * @param pull how to fetch them
 * @param files the resolver for a file
 * @param entrypoint the exported function to call
 * @param arguments its command line
 * @param environment its own variables
 * @param hosts the virtual hosts it answers to; empty for all
 * @param methods the methods it answers; empty for all
 * @param passAuthorization whether it may see the Authorization header
 * @param streamsRequestBody whether it is run before a body of unknown length is complete
 * @param contentType the media type of its whole output, if it does not print CGI responses
 * @param reuse whether its instances serve several requests
 * @param lazy whether it is loaded at its first request; empty if that depends on how many modules there are
 * @param limits the limits of its guests
 * @param allowedHosts the hosts it may connect to; empty for none
 * @param localRedirects the allowed targets of local redirects; empty for all
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
        Optional<Boolean> lazy,
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
