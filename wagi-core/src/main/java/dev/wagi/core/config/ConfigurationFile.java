// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.route.RequestPath;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code modules.toml}, read.
 *
 * <pre>
 * default_host = "localhost:3000"        # optional
 *
 * [[module]]
 * route = "/hello/..."
 * module = "hello.wasm"
 * </pre>
 */
public final class ConfigurationFile {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFile.class);

    /** A configuration is some kilobytes; a wrong file must not fill the heap. */
    private static final long MAX_BYTES = 16L << 20;

    private static final Set<String> TOP_KEYS = new TreeSet<>(Set.of("default_host", "health_path", "module"));

    private static final Set<String> MODULE_KEYS = new TreeSet<>(Set.of(
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
            "allowed_hosts",
            "http_max_concurrency",
            "bindle_server",
            "repository"));

    /** Keys of WAGI or of our plan that this version would have to ignore: running without them could do harm. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "volumes",
            "timeout",
            "max_memory",
            "max_request_body",
            "max_response_body",
            "max_concurrency",
            "max_queue");

    private final String place;
    private final Path baseDirectory;
    private final Problems problems;
    private final List<ModuleDraft> modules = new ArrayList<>();
    private @Nullable HostPort defaultHost;
    private @Nullable String healthPath;

    private ConfigurationFile(Path file, Problems problems) {
        this.place = file.toString();
        Path directory = file.toAbsolutePath().getParent();
        this.baseDirectory = directory == null ? Path.of("") : directory;
        this.problems = problems;
    }

    /**
     * Reads a file. Whatever is wrong with it is added to the problems; what could be read is returned.
     *
     * @param problems takes every problem, with file, module number and key
     */
    public static ConfigurationFile read(Path file, Problems problems) {
        ConfigurationFile configuration = new ConfigurationFile(file, problems);
        configuration.read(file);
        return configuration;
    }

    /** The modules, unchecked, in the order of the file. */
    public List<ModuleDraft> modules() {
        return List.copyOf(modules);
    }

    /** The {@code default_host} key. */
    public Optional<HostPort> defaultHost() {
        return Optional.ofNullable(defaultHost);
    }

    /** The {@code health_path} key. */
    public Optional<String> healthPath() {
        return Optional.ofNullable(healthPath);
    }

    private void read(Path file) {
        JsonNode root;
        try {
            if (Files.isDirectory(file)) {
                problems.add(place, "is a directory; name the modules.toml in it");
                return;
            }
            if (Files.size(file) > MAX_BYTES) {
                problems.add(place, "is larger than " + (MAX_BYTES >> 20) + " MiB; is it a modules.toml?");
                return;
            }
            root = new TomlMapper().readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            problems.add(place, "there is no such file; check the path given with -c");
            return;
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            problems.add(
                    at == null ? place : place + ", line " + at.getLineNr() + ", column " + at.getColumnNr(),
                    "broken TOML: " + e.getOriginalMessage());
            return;
        } catch (CharacterCodingException e) {
            problems.add(place, "is not UTF-8 text; save it as UTF-8");
            return;
        } catch (IOException e) {
            problems.add(place, "cannot be read: " + e);
            return;
        }
        checkKeys(place, root, TOP_KEYS);
        Entry top = new Entry(place, root);
        top.text("default_host", text -> {
            Optional<HostPort> host = HostPort.parse(text);
            if (host.isEmpty()) {
                top.problem(
                        "default_host",
                        "\"" + text + "\" is not host or host:port; write for instance \"localhost:3000\"");
            }
            defaultHost = host.orElse(null);
        });
        top.text("health_path", text -> {
            if (!text.isEmpty() && RequestPath.parse(text).isEmpty()) {
                top.problem(
                        "health_path",
                        "\"" + text + "\" is not a path; write for instance \"/healthz\", or \"\" for none");
            }
            healthPath = text;
        });
        JsonNode list = root.path("module");
        if (list.isObject()) {
            problems.add(place, "'module' is one table; write [[module]], with two brackets, for each module");
        } else if (list.isEmpty()) {
            problems.add(place, "there is no module; write [[module]] with a route and a module below it");
        }
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            String where = place + ", module " + (i + 1);
            if (list.get(i).isObject()) {
                modules.add(module(where, list.get(i)));
            } else {
                problems.add(where, "is not a table; write [[module]]");
            }
        }
    }

    private ModuleDraft module(String where, JsonNode node) {
        ModuleDraft draft = new ModuleDraft(where, baseDirectory);
        checkKeys(where, node, MODULE_KEYS);
        Entry entry = new Entry(where, node);
        entry.text("name", text -> draft.name = text);
        entry.text("route", text -> draft.route = text);
        entry.text("module", text -> draft.module = text);
        entry.text("entrypoint", text -> draft.entrypoint = text);
        if (node.path("argv").isTextual()) {
            entry.text(
                    "argv",
                    text -> draft.argv =
                            text.isBlank() ? List.of() : List.of(text.strip().split("\\s+")));
        } else {
            entry.texts("argv", texts -> draft.argv = texts);
        }
        entry.flag("argv_allow_options", flag -> draft.argvAllowOptions = flag);
        entry.flag("authorization", flag -> draft.authorization = flag);
        entry.texts("hosts", draft.hosts::addAll);
        entry.texts("methods", draft.methods::addAll);
        entry.texts("allowed_hosts", draft.allowedHosts::addAll);
        JsonNode environment = node.path("environment");
        if (environment.isObject()) {
            Entry variables = new Entry(where + ", environment", environment);
            environment
                    .fieldNames()
                    .forEachRemaining(name -> variables.text(name, text -> draft.environment.put(name, text)));
        } else if (!environment.isMissingNode()) {
            entry.problem("environment", "is not a table; write environment = { NAME = \"value\" }");
        }
        JsonNode concurrency = node.path("http_max_concurrency");
        if (!concurrency.isMissingNode() && !(concurrency.canConvertToInt() && concurrency.intValue() > 0)) {
            entry.problem("http_max_concurrency", "is not a number above 0");
        }
        entry.text(
                "repository", text -> LOG.warn("{}, key 'repository': is reserved by WAGI and has no effect", where));
        entry.text(
                "bindle_server",
                text -> LOG.warn("{}, key 'bindle_server': has no effect without bindle references", where));
        return draft;
    }

    private void checkKeys(String where, JsonNode node, Set<String> known) {
        node.fieldNames().forEachRemaining(key -> {
            if (known.contains(key)) {
                return;
            }
            if (known == MODULE_KEYS && UNSUPPORTED.contains(key)) {
                problems.add(
                        where + ", key '" + key + "'", "is not supported by this version; remove it or the module");
                return;
            }
            problems.add(
                    where + ", key '" + key + "'",
                    Nearest.of(key, known)
                            .map(near -> "is unknown; did you mean '" + near + "'?")
                            .orElse("is unknown; known keys are " + String.join(", ", known)));
        });
    }

    /** One table of the file. */
    private final class Entry {
        private final String where;
        private final JsonNode node;

        Entry(String where, JsonNode node) {
            this.where = where;
            this.node = node;
        }

        void problem(String key, String text) {
            problems.add(where + ", key '" + key + "'", text);
        }

        void text(String key, Consumer<String> use) {
            JsonNode value = node.path(key);
            if (value.isTextual()) {
                use.accept(value.textValue());
            } else if (!value.isMissingNode()) {
                problem(key, "is " + kind(value) + ", not a string; put it in quotes");
            }
        }

        void flag(String key, Consumer<Boolean> use) {
            JsonNode value = node.path(key);
            if (value.isBoolean()) {
                use.accept(value.booleanValue());
            } else if (!value.isMissingNode()) {
                problem(key, "is " + kind(value) + "; write true or false");
            }
        }

        void texts(String key, Consumer<List<String>> use) {
            JsonNode value = node.path(key);
            if (value.isMissingNode()) {
                return;
            }
            List<String> texts = new ArrayList<>();
            for (JsonNode item : value) {
                if (item.isTextual()) {
                    texts.add(item.textValue());
                }
            }
            if (!value.isArray() || texts.size() != value.size()) {
                problem(key, "is not a list of strings; write for instance [\"a\", \"b\"]");
                return;
            }
            use.accept(texts);
        }

        private static String kind(JsonNode value) {
            return "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
        }
    }
}
