// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Limits;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.module.PullOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The values of a module's keys, not validated yet. Mutable. */
public final class ModuleSettings {

    private final String place;

    /** The {@code name} key. */
    public @Nullable String name;

    /** The name if the {@code name} key is missing; null to derive it from the module's reference. */
    public @Nullable String defaultName;

    /** The {@code route} key. */
    public @Nullable String route;

    /** The {@code module} key. */
    public @Nullable String module;

    /** The base directory for relative paths; null for that of the configuration. */
    public @Nullable Path baseDirectory;

    /** The options for fetching the module. */
    public PullOptions pull = PullOptions.none();

    /** The {@code entrypoint} key. */
    public @Nullable String entrypoint;

    /** The {@code argv} key, split. */
    public @Nullable List<String> argv;

    /** The {@code argv_allow_options} key. */
    public boolean argvAllowOptions;

    /** The {@code environment} table. */
    public final Map<String, String> environment = new LinkedHashMap<>();

    /** The {@code hosts} key. */
    public List<String> hosts = List.of();

    /** The {@code methods} key. */
    public List<String> methods = List.of();

    /** The {@code authorization} key. */
    public boolean authorization;

    /** The {@code request_body} key. */
    public boolean streamsRequestBody;

    /** The {@code content_type} key. */
    public @Nullable String contentType;

    /** The {@code reuse} key. */
    public boolean reuse = true;

    /** The {@code load} key: whether it is {@code lazy}; null if it is missing. */
    public @Nullable Boolean lazy;

    /** The changes that the keys of limits make, in the order in which they are applied. */
    public final List<UnaryOperator<Limits>> limits = new ArrayList<>();

    /** The {@code allowed_hosts} key: the hosts that must have public addresses. */
    public List<String> allowedHosts = List.of();

    /** The {@code allowed_hosts} key: the hosts with {@code allow_private}. */
    public List<String> privateHosts = List.of();

    /** The {@code local_redirects} key: the allowed paths; empty for {@code false}, null for all paths. */
    public @Nullable List<String> localRedirects;

    /** The {@code deny_response_headers} key. */
    public List<String> deniedResponseHeaders = List.of();

    /** The {@code volumes} key. */
    public List<VolumeEntry> volumes = new ArrayList<>();

    /**
     * Creates empty settings.
     *
     * @param place the location of the module, for messages
     */
    public ModuleSettings(String place) {
        this.place = place;
    }

    /** Creates settings that start with the values of {@code defaults}. */
    ModuleSettings(String place, ModuleSettings defaults) {
        this(place);
        argv = defaults.argv;
        argvAllowOptions = defaults.argvAllowOptions;
        environment.putAll(defaults.environment);
        hosts = defaults.hosts;
        methods = defaults.methods;
        authorization = defaults.authorization;
        streamsRequestBody = defaults.streamsRequestBody;
        reuse = defaults.reuse;
        lazy = defaults.lazy;
        localRedirects = defaults.localRedirects;
        deniedResponseHeaders = defaults.deniedResponseHeaders;
        limits.addAll(defaults.limits);
    }

    /** Passes the settings to the builder of a host. */
    public void applyTo(ModuleBuilder builder) {
        builder.place(place)
                .pull(pull)
                .argvAllowOptions(argvAllowOptions)
                .hosts(hosts)
                .methods(methods)
                .passAuthorization(authorization)
                .streamRequestBody(streamsRequestBody)
                .reuse(reuse)
                .allowedHosts(allowedHosts)
                .allowedPrivateHosts(privateHosts)
                .denyResponseHeaders(deniedResponseHeaders);
        if (lazy != null) {
            builder.lazy(lazy);
        }
        if (baseDirectory != null) {
            builder.baseDirectory(baseDirectory);
        }
        if (name != null) {
            builder.name(name);
        }
        if (defaultName != null) {
            builder.defaultName(defaultName);
        }
        if (route != null) {
            builder.route(route);
        }
        if (module != null) {
            builder.source(module);
        }
        if (entrypoint != null) {
            builder.entrypoint(entrypoint);
        }
        if (argv != null) {
            builder.argv(argv);
        }
        if (contentType != null) {
            builder.contentType(contentType);
        }
        if (localRedirects != null) {
            builder.localRedirects(localRedirects);
        }
        builder.addEnvironment(environment);
        limits.forEach(builder::limits);
        volumes.forEach(volume -> volume.applyTo(builder));
    }
}
