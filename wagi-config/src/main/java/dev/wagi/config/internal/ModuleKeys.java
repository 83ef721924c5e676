// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Problems;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of a module, which are the same in all formats. */
public final class ModuleKeys {

    private static final Logger LOG = LoggerFactory.getLogger(ModuleKeys.class);

    /** The default of {@code request_body}: a body of unknown length is read before the guest runs. */
    private static final String COLLECT = "collect";

    /** A value of {@code request_body}: the guest reads the body as it arrives. */
    private static final String STREAM = "stream";

    /** A value of {@code load}: the module is loaded before the first request. */
    private static final String EAGER = "eager";

    /** A value of {@code load}: the first request loads the module. */
    private static final String LAZY = "lazy";

    /**
     * The keys that are allowed in {@code [defaults]}: settings, but not a module's identity or its access to the
     * network or files.
     */
    private static final Set<String> DEFAULTS_KEYS = withLimits(Set.of(
            "argv",
            "argv_allow_options",
            "authorization",
            "deny_response_headers",
            "environment",
            "hosts",
            "load",
            "local_redirects",
            "methods",
            "request_body",
            "reuse"));

    private static final Set<String> MODULE_KEYS = withLimits(Set.of(
            "name",
            "route",
            "module",
            "entrypoint",
            "argv",
            "argv_allow_options",
            "environment",
            "hosts",
            "methods",
            "authorization",
            "request_body",
            "content_type",
            "reuse",
            "load",
            "allowed_hosts",
            "local_redirects",
            "deny_response_headers",
            "bindle_server",
            "repository",
            "volumes"));

    private ModuleKeys() {}

    /** Reads an entry of {@code module}. */
    static void readModule(String where, JsonNode node, ModuleSettings settings, Problems problems) {
        read(where, node, MODULE_KEYS, settings, problems);
    }

    /** Reads {@code defaults}. */
    static void readDefaults(String where, JsonNode node, ModuleSettings settings, Problems problems) {
        read(where, node, DEFAULTS_KEYS, settings, problems);
    }

    /**
     * Reads the keys of one module from an object in another kind of file.
     *
     * @param place the location of the object, for messages
     * @param without the keys of modules that are not allowed there
     * @param settings receives the values
     */
    public static void readObject(
            String place, JsonNode table, Set<String> without, ModuleSettings settings, Problems problems) {
        Set<String> known = new TreeSet<>(MODULE_KEYS);
        known.removeAll(without);
        read(place, table, known, settings, problems);
    }

    private static void read(
            String where, JsonNode node, Set<String> known, ModuleSettings settings, Problems problems) {
        Table entry = new Table(where, node, problems);
        entry.checkKeys(known);
        entry.text("name", text -> settings.name = text);
        entry.text("route", text -> settings.route = text);
        entry.text("module", text -> settings.module = text);
        entry.text("entrypoint", text -> settings.entrypoint = text);
        if (node.path("argv").isTextual()) {
            entry.text(
                    "argv",
                    text -> settings.argv =
                            text.isBlank() ? List.of() : List.of(text.strip().split("\\s+")));
        } else {
            entry.texts("argv", texts -> settings.argv = texts);
        }
        entry.flag("argv_allow_options", flag -> settings.argvAllowOptions = flag);
        entry.flag("authorization", flag -> settings.authorization = flag);
        entry.text("request_body", text -> {
            settings.streamsRequestBody = text.equals(STREAM);
            if (!text.equals(STREAM) && !text.equals(COLLECT)) {
                entry.problem("request_body", "\"" + text + "\" " + "is neither \"collect\" nor \"stream\"");
            }
        });
        entry.text("content_type", text -> settings.contentType = text);
        entry.flag("reuse", flag -> settings.reuse = flag);
        entry.text("load", text -> {
            settings.lazy = text.equals(LAZY);
            if (!text.equals(LAZY) && !text.equals(EAGER)) {
                entry.problem("load", "\"" + text + "\" " + "is neither \"eager\" nor \"lazy\"");
            }
        });
        entry.texts("hosts", texts -> settings.hosts = texts);
        entry.texts("methods", texts -> settings.methods = texts);
        entry.texts("deny_response_headers", texts -> settings.deniedResponseHeaders = texts);
        entry.localRedirects(settings);
        entry.allowedHosts(settings);
        settings.volumes = VolumeEntry.read(where, node.path("volumes"), problems);
        JsonNode environment = node.path("environment");
        if (environment.isObject()) {
            Table variables = new Table(where + ", environment", environment, problems);
            environment
                    .fieldNames()
                    .forEachRemaining(name -> variables.text(name, text -> settings.environment.put(name, text)));
        } else if (!environment.isMissingNode()) {
            entry.problem("environment", "is not a table; write environment = { NAME = \"value\" }");
        }
        for (LimitKey key : LimitKey.values()) {
            entry.limit(key, settings.limits::add);
        }
        entry.text(
                "repository", text -> LOG.warn("{}, key 'repository': is reserved by WAGI and has no effect", where));
        entry.text("bindle_server", text -> {
            Optional<URI> server = httpUrl(text);
            server.ifPresent(url -> settings.pull = settings.pull.withServer(url));
            if (server.isEmpty()) {
                entry.problem(
                        "bindle_server",
                        "\"" + text
                                + "\" is not an http or https URL; write for instance"
                                + " \"https://bindle.example.org/v1\"");
            }
        });
    }

    private static Set<String> withLimits(Set<String> keys) {
        Set<String> all = new TreeSet<>(keys);
        all.addAll(LimitKey.keys());
        return all;
    }

    private static Optional<URI> httpUrl(String text) {
        try {
            URI url = new URI(text);
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            return http && url.getHost() != null ? Optional.of(url) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
