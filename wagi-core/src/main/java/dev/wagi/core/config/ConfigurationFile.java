// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.cgi.HostPort;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A configuration file, read: TOML, or JSON or YAML if its name ends in {@code .json}, {@code .yaml} or {@code .yml}. The
 * keys are the same in all three.
 *
 * <pre>
 * default_host = "localhost:3000"        # optional
 *
 * [defaults]                             # optional: for all modules that do not say otherwise
 * methods = ["GET"]
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

    private static final String LOAD_TIMEOUT = "load_timeout";

    private static final Set<String> TOP_KEYS = new TreeSet<>(Set.of(
            "default_host",
            "defaults",
            "health_path",
            "load_timeout",
            "max_concurrency",
            "max_queue",
            "module",
            "trusted_proxies"));

    /** What may stand in {@code [defaults]}: settings, not what makes a module the one it is or grants it the network or files. */
    private static final Set<String> DEFAULTS_KEYS = withLimits(Set.of(
            "argv",
            "argv_allow_options",
            "authorization",
            "deny_response_headers",
            "environment",
            "hosts",
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
            "allowed_hosts",
            "local_redirects",
            "deny_response_headers",
            "bindle_server",
            "repository",
            "volumes"));

    /** The three ways to write a configuration. */
    private enum Format {
        TOML("[[module]]", new TomlMapper()),
        JSON(
                "\"module\": [{ ... }]",
                JsonMapper.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build()),
        YAML(
                "a list below 'module:'",
                YAMLMapper.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build()) {
            /** Documents and keys with nothing in them do not count, as in manifests. */
            @Override
            JsonNode read(String text) throws IOException {
                try (JsonParser parser = mapper.createParser(text)) {
                    TreeReader reader = new TreeReader(parser);
                    JsonNode found = MissingNode.getInstance();
                    for (JsonNode next = reader.next(); next != null; next = reader.next()) {
                        if (!next.isNull() && !found.isMissingNode()) {
                            throw new JsonParseException(
                                    parser,
                                    "there is a second document; a configuration is one, so remove the line ---",
                                    reader.start());
                        }
                        found = next.isNull() ? found : withoutNulls(next);
                    }
                    return found;
                }
            }
        };

        /** How a module is written in it. */
        private final String module;

        final ObjectMapper mapper;

        Format(String module, ObjectMapper mapper) {
            this.module = module;
            this.mapper = mapper;
        }

        JsonNode read(String text) throws IOException {
            return mapper.readTree(text);
        }

        private static JsonNode withoutNulls(JsonNode node) {
            if (node instanceof ObjectNode object) {
                object.properties().removeIf(field -> field.getValue().isNull());
            }
            node.forEach(Format::withoutNulls);
            return node;
        }

        static Format of(Path file) {
            String name = file.toString().toLowerCase(Locale.ROOT);
            if (name.endsWith(".json")) {
                return JSON;
            }
            return name.endsWith(".yaml") || name.endsWith(".yml") ? YAML : TOML;
        }
    }

    private final Format format;
    private final String place;
    private final Path baseDirectory;
    private final Problems problems;
    private final List<ModuleDraft> modules = new ArrayList<>();
    private @Nullable HostPort defaultHost;
    private @Nullable String healthPath;
    private List<String> trustedProxies = List.of();
    private @Nullable Duration loadTimeout;
    private final List<UnaryOperator<Limits>> totals = new ArrayList<>();

    private ConfigurationFile(Format format, String place, Path baseDirectory, Problems problems) {
        this.format = format;
        this.place = place;
        this.baseDirectory = baseDirectory;
        this.problems = problems;
    }

    /**
     * Reads a file. Whatever is wrong with it is added to the problems; what could be read is returned.
     *
     * @param problems takes every problem, with file, module number and key
     */
    public static ConfigurationFile read(Path file, Problems problems) {
        Path directory = file.toAbsolutePath().getParent();
        ConfigurationFile configuration = new ConfigurationFile(
                Format.of(file), file.toString(), directory == null ? Path.of("") : directory, problems);
        configuration.read(file);
        return configuration;
    }

    /**
     * Reads the keys of one module from an object that stands in a file of another kind.
     *
     * @param place of the object, for messages
     * @param without keys of modules that may not stand there
     * @param draft takes them
     */
    public static void readModule(
            String place, JsonNode table, Set<String> without, ModuleDraft draft, Problems problems) {
        ConfigurationFile file = new ConfigurationFile(Format.JSON, place, Path.of(""), problems);
        Set<String> known = new TreeSet<>(MODULE_KEYS);
        known.removeAll(without);
        file.checkKeys(place, table, known);
        file.apply(place, table, draft);
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

    /** How long one step of loading a module may take. */
    public Optional<Duration> loadTimeout() {
        return Optional.ofNullable(loadTimeout);
    }

    /** The {@code trusted_proxies} key. */
    public List<String> trustedProxies() {
        return trustedProxies;
    }

    /** The {@code max_concurrency} and {@code max_queue} keys for all modules together, as limits of one. */
    public List<UnaryOperator<Limits>> totals() {
        return List.copyOf(totals);
    }

    private static Set<String> withLimits(Set<String> keys) {
        Set<String> all = new TreeSet<>(keys);
        all.addAll(LimitKey.keys());
        return all;
    }

    private void read(Path file) {
        JsonNode root;
        try {
            if (Files.isDirectory(file)) {
                problems.add(place, "is a directory; name the modules.toml in it");
                return;
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                problems.add(place, "is not a regular file; name a modules.toml");
                return;
            }
            if (Files.size(file) > MAX_BYTES) {
                problems.add(place, "is larger than " + (MAX_BYTES >> 20) + " MiB; is it a modules.toml?");
                return;
            }
            root = format.read(Files.readString(file));
        } catch (NoSuchFileException e) {
            problems.add(place, "there is no such file", Remedy.CHECK_CONFIGURATION);
            return;
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            problems.add(
                    at == null ? place : place + ", line " + at.getLineNr() + ", column " + at.getColumnNr(),
                    "broken " + format + ": " + e.getOriginalMessage());
            return;
        } catch (CharacterCodingException e) {
            problems.add(place, "is not UTF-8 text; save it as UTF-8");
            return;
        } catch (IOException e) {
            problems.add(place, "cannot be read: " + e);
            return;
        }
        if (root.path("apiVersion").isTextual() && root.path("kind").isTextual()) {
            problems.add(
                    place,
                    "is a manifest of Kubernetes (kind: " + root.path("kind").textValue() + ")",
                    Remedy.PASS_AS_MANIFEST);
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
        top.text("health_path", text -> healthPath = text);
        top.loadTimeout();
        top.texts("trusted_proxies", texts -> trustedProxies = texts);
        top.limit(LimitKey.MAX_CONCURRENCY, totals::add);
        top.limit(LimitKey.MAX_QUEUE, totals::add);
        ModuleDraft defaults = defaults(root.path("defaults"));
        JsonNode list = root.path("module");
        if (list.isObject()) {
            problems.add(place, "'module' is one table, not a list; write " + format.module);
        } else if (list.isEmpty()) {
            problems.add(place, "there is no module; write " + format.module + " with a route and a module in it");
        }
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            String where = place + ", module " + (i + 1);
            if (list.get(i).isObject()) {
                ModuleDraft draft = new ModuleDraft(where, defaults);
                checkKeys(where, list.get(i), MODULE_KEYS);
                apply(where, list.get(i), draft);
                modules.add(draft);
            } else {
                problems.add(where, "is not a table; write " + format.module);
            }
        }
    }

    private ModuleDraft defaults(JsonNode node) {
        String where = place + ", defaults";
        ModuleDraft defaults = new ModuleDraft(where, baseDirectory);
        if (node.isObject()) {
            checkKeys(where, node, DEFAULTS_KEYS);
            apply(where, node, defaults);
        } else if (!node.isMissingNode()) {
            problems.add(where, "is not a table; write [defaults]");
        }
        return defaults;
    }

    private void apply(String where, JsonNode node, ModuleDraft draft) {
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
        entry.text("request_body", text -> draft.requestBody = text);
        entry.text("content_type", text -> draft.contentType = text);
        entry.flag("reuse", flag -> draft.reuse = flag);
        entry.texts("hosts", texts -> draft.hosts = texts);
        entry.texts("methods", texts -> draft.methods = texts);
        entry.texts("deny_response_headers", texts -> draft.deniedResponseHeaders = texts);
        entry.localRedirects(draft);
        entry.allowedHosts(draft);
        draft.volumes = VolumeDraft.read(where, node.path("volumes"), problems);
        JsonNode environment = node.path("environment");
        if (environment.isObject()) {
            Entry variables = new Entry(where + ", environment", environment);
            environment
                    .fieldNames()
                    .forEachRemaining(name -> variables.text(name, text -> draft.environment.put(name, text)));
        } else if (!environment.isMissingNode()) {
            entry.problem("environment", "is not a table; write environment = { NAME = \"value\" }");
        }
        for (LimitKey key : LimitKey.values()) {
            entry.limit(key, draft.limits::add);
        }
        entry.text(
                "repository", text -> LOG.warn("{}, key 'repository': is reserved by WAGI and has no effect", where));
        entry.text("bindle_server", text -> draft.bindleServer = text);
    }

    private void checkKeys(String where, JsonNode node, Set<String> known) {
        node.fieldNames().forEachRemaining(key -> {
            if (known.contains(key)) {
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

        void limit(LimitKey limit, Consumer<UnaryOperator<Limits>> use) {
            JsonNode value = node.path(limit.key());
            if (value.isMissingNode()) {
                return;
            }
            try {
                use.accept(limit.read(value));
            } catch (IllegalArgumentException e) {
                problem(limit.key(), (value.isValueNode() ? value.toString() : kind(value)) + " " + e.getMessage());
            }
        }

        void loadTimeout() {
            JsonNode value = node.path(LOAD_TIMEOUT);
            if (value.isMissingNode()) {
                return;
            }
            try {
                loadTimeout = WagiConfiguration.checkLoadTimeout(LimitKey.time(value));
            } catch (IllegalArgumentException e) {
                problem(LOAD_TIMEOUT, (value.isValueNode() ? value.toString() : kind(value)) + " " + e.getMessage());
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

        /** A flag, or a list of paths. */
        void localRedirects(ModuleDraft draft) {
            JsonNode value = node.path("local_redirects");
            if (value.isArray()) {
                texts("local_redirects", texts -> draft.localRedirects = texts);
            } else if (value.isBoolean()) {
                draft.localRedirects = value.booleanValue() ? null : List.of();
            } else if (!value.isMissingNode()) {
                problem(
                        "local_redirects",
                        "is " + kind(value) + "; write true, false or a list of paths such as [\"/shop/...\"]");
            }
        }

        /** Strings, and tables for those with {@code allow_private}. */
        void allowedHosts(ModuleDraft draft) {
            JsonNode value = node.path("allowed_hosts");
            List<String> allowed = new ArrayList<>();
            List<String> allowedPrivate = new ArrayList<>();
            boolean good = value.isArray() || value.isMissingNode();
            for (JsonNode item : value) {
                JsonNode flag = item.path("allow_private");
                if (item.isTextual()) {
                    allowed.add(item.textValue());
                } else if (item.path("host").isTextual()
                        && (flag.isBoolean() || flag.isMissingNode())
                        && item.size() == (flag.isMissingNode() ? 1 : 2)) {
                    (flag.booleanValue() ? allowedPrivate : allowed)
                            .add(item.path("host").textValue());
                } else {
                    good = false;
                }
            }
            if (!good) {
                problem(
                        "allowed_hosts",
                        "is not a list of strings; write for instance [\"https://a.example\","
                                + " { host = \"http://10.0.0.7:8080\", allow_private = true }]");
            }
            draft.allowedHosts = allowed;
            draft.privateHosts = allowedPrivate;
        }

        private static String kind(JsonNode value) {
            return "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
        }
    }
}
