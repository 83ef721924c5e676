// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.internal.cgi.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration: TOML, or JSON or YAML if the name of its file ends in {@code .json}, {@code .yaml} or
 * {@code .yml}. The keys are the same in all three formats.
 *
 * <pre>
 * default_host = "localhost:3000"        # optional
 *
 * [defaults]                             # optional: for all modules that do not override them
 * methods = ["GET"]
 *
 * [[module]]
 * route = "/hello/..."
 * module = "hello.wasm"
 * </pre>
 *
 * <p>A manifest of Spin is read as well, see {@link SpinManifest}.
 */
public final class ConfigurationFile {

    private static final Set<String> TOP_KEYS = new TreeSet<>(Set.of(
            "default_host",
            "defaults",
            "health_path",
            "load_timeout",
            "max_concurrency",
            "max_queue",
            "module",
            "server",
            "static",
            "trusted_proxies"));

    private final Origin origin;
    private final @Nullable Path baseDirectory;
    private final Syntax syntax;
    private final String place;
    private final ConfigurationBuilder configuration;
    private final Problems problems;

    private ConfigurationFile(Origin origin, @Nullable Path baseDirectory, ConfigurationBuilder configuration) {
        this.origin = origin;
        this.baseDirectory = baseDirectory;
        this.syntax = origin.syntax();
        this.place = origin.place();
        this.configuration = configuration;
        this.problems = configuration.problems();
    }

    /**
     * Reads a configuration. Errors are added to the problems; everything that could be read is passed on.
     *
     * @param baseDirectory the base directory for paths; null to use the origin's
     * @param configuration receives the settings, and every problem with file, module number and key
     */
    public static void describe(Origin origin, @Nullable Path baseDirectory, ConfigurationBuilder configuration) {
        new ConfigurationFile(origin, baseDirectory, configuration).read();
    }

    /**
     * Returns the settings in {@code [server]}; none if the configuration cannot be read, which {@link #describe}
     * reports.
     */
    public static Map<String, String> server(Origin origin) {
        try {
            Problems unused = Problems.none();
            Optional<String> text = origin.read(unused);
            return text.isEmpty()
                    ? Map.of()
                    : ServerKeys.read(
                            origin.place(), origin.syntax().read(text.get()).path("server"), unused);
        } catch (IOException e) {
            return Map.of();
        }
    }

    private void read() {
        JsonNode root;
        try {
            Optional<String> text = origin.read(problems);
            if (text.isEmpty()) {
                return;
            }
            root = syntax.read(text.get());
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            problems.add(
                    at == null ? place : place + ", line " + at.getLineNr() + ", column " + at.getColumnNr(),
                    "malformed " + syntax + ": " + e.getOriginalMessage());
            return;
        } catch (IOException e) {
            problems.add(place, "cannot be read: " + e);
            return;
        }
        if (root.path("apiVersion").isTextual() && root.path("kind").isTextual()) {
            problems.add(
                    place,
                    "is a Kubernetes manifest (kind: " + root.path("kind").textValue() + ")",
                    Remedy.PASS_AS_MANIFEST);
            return;
        }
        if (SpinManifest.isOne(root)) {
            ModuleSettings none = new ModuleSettings(place);
            Path base = baseDirectory == null ? origin.directory().orElse(null) : baseDirectory;
            SpinManifest.modules(place, base, root, System::getenv, problems)
                    .forEach(module -> addModule(module.where(), module.keys(), none));
            return;
        }
        Table top = new Table(place, root, problems);
        top.checkKeys(TOP_KEYS);
        top.text("default_host", text -> {
            Optional<HostPort> host = HostPort.parse(text);
            if (host.isEmpty()) {
                top.problem(
                        "default_host",
                        "\"" + text + "\" is not host or host:port; write for instance \"localhost:3000\"");
            }
            host.ifPresent(good -> configuration.defaultHost(text));
        });
        top.text("health_path", configuration::healthPath);
        top.checked("load_timeout", value -> {
            Duration time = LimitKey.time(value);
            try {
                configuration.loadTimeout(time);
            } catch (IllegalArgumentException e) {
                // The value is removed from the message, because it is shown as it was written.
                throw new IllegalArgumentException(
                        String.valueOf(e.getMessage()).replaceFirst("^\\S+ ", ""), e);
            }
        });
        top.texts("trusted_proxies", configuration::addTrustedProxies);
        top.limit(
                LimitKey.MAX_CONCURRENCY,
                change -> configuration.maxTotalConcurrency(
                        change.apply(Limits.defaults()).maxConcurrency()));
        top.limit(
                LimitKey.MAX_QUEUE,
                change -> configuration.maxTotalQueue(
                        change.apply(Limits.defaults()).maxQueue()));
        ModuleSettings defaults = defaults(root.path("defaults"));
        JsonNode list = root.path("module");
        if (list.isObject()) {
            problems.add(place, "'module' is one table, not a list; write " + syntax.module);
        } else if (list.isEmpty() && root.path("static").isEmpty()) {
            problems.add(place, "there is no module; write " + syntax.module + " with a route and a module in it");
        }
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            String where = place + ", module " + (i + 1);
            if (list.get(i).isObject()) {
                addModule(where, list.get(i), defaults);
            } else {
                problems.add(where, "is not a table; write " + syntax.module);
            }
        }
        readStaticFiles(root.path("static"));
        ServerKeys.read(place, root.path("server"), problems);
    }

    private void addModule(String where, JsonNode keys, ModuleSettings defaults) {
        ModuleSettings settings = new ModuleSettings(where, defaults);
        ModuleKeys.readModule(where, keys, settings, problems);
        configuration.addModule(module -> {
            if (baseDirectory == null) {
                origin.locate(module);
            } else {
                module.baseDirectory(baseDirectory);
            }
            settings.applyTo(module);
        });
    }

    private void readStaticFiles(JsonNode list) {
        if (!list.isMissingNode() && !list.isArray()) {
            problems.add(place, "'static' is one value, not a list; write " + syntax.files);
        }
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            String where = place + ", static " + (i + 1);
            JsonNode node = list.get(i);
            if (!node.isObject()) {
                problems.add(where, "is not a table; write " + syntax.files);
                continue;
            }
            configuration.addStaticFiles(files -> {
                files.place(where);
                if (baseDirectory == null) {
                    origin.locate(files);
                } else {
                    files.baseDirectory(baseDirectory);
                }
                StaticKeys.read(where, node, files, problems);
            });
        }
    }

    private ModuleSettings defaults(JsonNode node) {
        String where = place + ", defaults";
        ModuleSettings defaults = new ModuleSettings(where);
        if (node.isObject()) {
            ModuleKeys.readDefaults(where, node, defaults, problems);
        } else if (!node.isMissingNode()) {
            problems.add(where, "is not a table; write [defaults]");
        }
        return defaults;
    }
}
