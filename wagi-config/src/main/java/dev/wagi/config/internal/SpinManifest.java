// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.api.Problems;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Translates an application manifest of Spin, {@code spin.toml} of version 1 or 2, to modules as a configuration has
 * them. Only components with the executor {@code wagi} are CGI programs. Whatever cannot be carried over without
 * granting more than the manifest does, or less than the component needs, is a problem.
 *
 * <pre>
 * spin_manifest_version = 2
 * [[trigger.http]]                              route = "/hello/..."
 * route = "/hello/..."                          name = "hello"
 * component = "hello"                           module = "hello.wasm"
 * executor = { type = "wagi" }            →     allowed_hosts = ["https://a.example"]
 * [component.hello]
 * source = "hello.wasm"
 * allowed_outbound_hosts = ["https://a.example"]
 * </pre>
 */
final class SpinManifest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final String VERSION = "spin_manifest_version";
    private static final String OLD_VERSION = "spin_version";

    private static final Set<String> APPLICATION_KEYS_V1 = sorted(
            VERSION, OLD_VERSION, "name", "version", "description", "authors", "trigger", "variables", "component");
    private static final Set<String> APPLICATION_KEYS_V2 =
            sorted(VERSION, "application", "trigger", "variables", "component");

    /** Apart from {@code trigger}, these have no meaning for what is served. */
    private static final Set<String> APPLICATION_TABLE_KEYS =
            sorted("name", "version", "description", "authors", "trigger", "tool");

    private static final Set<String> BASE_KEYS_V1 = sorted("type", "base");
    private static final Set<String> BASE_KEYS_V2 = sorted("base");
    private static final Set<String> TRIGGER_KEYS_V1 = sorted("route", "executor");
    private static final Set<String> TRIGGER_KEYS_V2 = sorted("id", "route", "component", "executor");
    private static final Set<String> EXECUTOR_KEYS = sorted("type", "argv", "entrypoint");
    private static final Set<String> FILE_KEYS = sorted("source", "destination");

    /** Keys without a meaning for what is served, then those that this class reads, then those that it refuses. */
    private static final Set<String> COMPONENT_KEYS = sorted(
            "build",
            "description",
            "tool",
            "environment",
            "exclude_files",
            "files",
            "source",
            "allowed_http_hosts",
            "allowed_outbound_hosts",
            "ai_models",
            "config",
            "dependencies",
            "dependencies_inherit_configuration",
            "key_value_stores",
            "sqlite_databases",
            "variables");

    /** What only Spin provides to a component, with what to do instead. */
    private static final Map<String, String> REFUSED = Map.of(
            "ai_models", "remove it",
            "dependencies", "compose them into one module, or serve this component with Spin",
            "key_value_stores", "remove it, and give the module a directory in files",
            "sqlite_databases", "remove it, and give the module a directory in files",
            "config", "pass values as environment = { NAME = \"value\" }",
            "variables", "pass values as environment = { NAME = \"value\" }");

    private static final Pattern EXPRESSION = Pattern.compile("\\{\\{\\s*([a-z0-9_]+)\\s*}}");
    private static final Pattern WHOLE_DIRECTORY = Pattern.compile("(?:\\./)?((?!\\./)[^*?\\[{]+?)/\\*\\*(?:/\\*)?");
    private static final Pattern OUTSIDE = Pattern.compile("/.*|(?:.*/)?\\.\\.(?:/.*)?");
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*"); // not a drive of Windows
    private static final Pattern HOST = Pattern.compile(
            "(?:(?<scheme>[a-z][a-z0-9+.-]*|\\*)://)?(?<host>\\[[0-9A-Fa-f:.]+]|[^/:\\s\\[\\]]+)(?::(?<port>[^/]+))?/?");
    private static final Pattern OWN_ADDRESS =
            Pattern.compile("(?i)localhost\\.?|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[.*]");
    private static final Pattern INSIDE = Pattern.compile("(?i)(?:self|self\\.alt|(?:.*\\.)?spin\\.internal)\\.?");

    /**
     * A module.
     *
     * @param where the place in the manifest, for messages
     * @param keys the module with the keys of a configuration
     */
    record Module(String where, ObjectNode keys) {}

    private final String place;
    private final @Nullable Path directory;
    private final JsonNode root;
    private final Function<String, @Nullable String> environment;
    private final Problems problems;
    private final List<Module> modules = new ArrayList<>();
    private final Set<String> names = new TreeSet<>();

    private SpinManifest(
            String place,
            @Nullable Path directory,
            JsonNode root,
            Function<String, @Nullable String> environment,
            Problems problems) {
        this.place = place;
        this.directory = directory;
        this.root = root;
        this.environment = environment;
        this.problems = problems;
    }

    /** Returns whether a file is a manifest of Spin: every one names its version. */
    static boolean isOne(JsonNode root) {
        return root.has(VERSION) || root.has(OLD_VERSION);
    }

    /**
     * Translates a manifest.
     *
     * @param place the location of the manifest, for messages
     * @param directory the base of relative paths, which are not looked up elsewhere; null if the manifest is in no
     *     directory
     * @param environment the environment of the process, in which the manifest's variables are
     *     {@code SPIN_VARIABLE_NAME}
     * @return the modules that could be translated
     */
    static List<Module> modules(
            String place,
            @Nullable Path directory,
            JsonNode root,
            Function<String, @Nullable String> environment,
            Problems problems) {
        SpinManifest manifest = new SpinManifest(place, directory, root, environment, problems);
        manifest.read();
        return manifest.modules;
    }

    private void read() {
        JsonNode version = root.has(VERSION) ? root.get(VERSION) : root.get(OLD_VERSION);
        switch (version.asText()) {
            case "1" -> readVersion1();
            case "2" -> readVersion2();
            default -> problems.add(place, "is a Spin manifest of version " + version + "; only 1 and 2 are supported");
        }
        if (modules.isEmpty() && problems.isEmpty()) {
            problems.add(place, "is a Spin manifest without a component for HTTP; name another file");
        }
    }

    private void readVersion1() {
        new Table(place, root, problems).checkKeys(APPLICATION_KEYS_V1);
        JsonNode trigger = root.path("trigger");
        if (!trigger.path("type").asText().equals("http")) {
            JsonNode type = trigger.path("type");
            problems.add(
                    place,
                    "has the trigger " + (type.isTextual() ? type : "none")
                            + "; only components for http can be served");
            return;
        }
        new Table(place + ", trigger", trigger, problems).checkKeys(BASE_KEYS_V1);
        int number = 0;
        for (JsonNode component : tables(place, root, "component", "[[component]]")) {
            number++;
            String id = component.path("id").asText("");
            if (id.isEmpty()) {
                problems.add(place + ", component " + number, "has no id; write id = \"NAME\"");
                continue;
            }
            JsonNode own = component.path("trigger");
            new Table(where(id) + ", trigger", own, problems).checkKeys(TRIGGER_KEYS_V1);
            ObjectNode rest = copy(component);
            rest.remove(List.of("id", "trigger"));
            add(where(id), id, trigger.path("base"), own, rest);
        }
    }

    private void readVersion2() {
        new Table(place, root, problems).checkKeys(APPLICATION_KEYS_V2);
        for (Map.Entry<String, JsonNode> trigger : root.path("trigger").properties()) {
            if (!trigger.getKey().equals("http")) {
                problems.add(
                        place,
                        "has a trigger of type " + trigger.getKey()
                                + "; only http can be served, so remove it, or serve it with Spin");
            }
        }
        JsonNode application = root.path("application");
        new Table(place + ", application", application, problems).checkKeys(APPLICATION_TABLE_KEYS);
        JsonNode common = application.path("trigger").path("http");
        new Table(place + ", application.trigger.http", common, problems).checkKeys(BASE_KEYS_V2);
        JsonNode base = common.path("base");
        int number = 0;
        for (JsonNode trigger : tables(place, root.path("trigger"), "http", "[[trigger.http]]")) {
            number++;
            new Table(place + ", trigger.http " + number, trigger, problems).checkKeys(TRIGGER_KEYS_V2);
            JsonNode component = trigger.path("component");
            if (component.isObject()) {
                String id = "http-" + number;
                add(place + ", trigger.http " + number, id, base, trigger, copy(component));
            } else if (root.path("component").path(component.asText()).isObject()) {
                String id = component.asText();
                add(where(id), id, base, trigger, copy(root.path("component").path(id)));
            } else {
                problems.add(
                        place + ", trigger.http " + number,
                        "names the component " + (component.isMissingNode() ? "none" : component)
                                + ", which does not exist; add [component."
                                + (component.isTextual() ? component.asText() : "NAME") + "]");
            }
        }
    }

    /** Returns the tables of a list; anything else is a problem. */
    private List<JsonNode> tables(String where, JsonNode parent, String key, String syntax) {
        List<JsonNode> tables = new ArrayList<>();
        JsonNode list = parent.path(key);
        if (list.isArray()) {
            list.forEach(tables::add);
        }
        if (tables.removeIf(table -> !table.isObject()) || !list.isArray() && !list.isMissingNode()) {
            problems.add(where, "'" + key + "' is not a list of tables; write " + syntax);
        }
        return tables;
    }

    private String where(String id) {
        return place + ", component \"" + id + "\"";
    }

    private void add(String where, String id, JsonNode base, JsonNode trigger, ObjectNode component) {
        JsonNode runs = trigger.path("executor");
        if (!runs.isObject() && !runs.isMissingNode()) {
            problems.add(where, "has the executor " + runs + ", not a table; write executor = { type = \"wagi\" }");
            return;
        }
        String executor = runs.path("type").asText("spin");
        if (!executor.equals("wagi")) {
            problems.add(
                    where,
                    "has the executor " + executor
                            + ", whose components need Spin's interfaces; build it as a WASI command and"
                            + " write executor = { type = \"wagi\" }, or serve it with Spin");
            return;
        }
        new Table(where + ", executor", runs, problems).checkKeys(EXECUTOR_KEYS);
        Table table = new Table(where, component, problems);
        table.checkKeys(COMPONENT_KEYS);
        REFUSED.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(refused -> {
            if (hasValue(component, refused.getKey())) {
                table.problem(refused.getKey(), "is provided by Spin only; " + refused.getValue());
            }
        });
        ObjectNode module = NODES.objectNode();
        module.put("name", unique(id));
        route(where, base, trigger.path("route"), module);
        source(where, component.path("source"), module);
        for (String key : List.of("argv", "entrypoint")) {
            carry(runs, key, module);
        }
        carry(component, "environment", module);
        files(where, component, module);
        ArrayNode hosts = NODES.arrayNode();
        for (String key : List.of("allowed_http_hosts", "allowed_outbound_hosts")) {
            table.texts(key, texts -> texts.forEach(text -> host(where + ", key '" + key + "'", text, hosts)));
        }
        module.set("allowed_hosts", hosts);
        // otherwise a problem was reported, and the next step would report what follows from it
        if (module.has("route") && module.has("module")) {
            modules.add(new Module(where, module));
        }
    }

    /** Several triggers may name one component, which then are as many modules. */
    private String unique(String id) {
        String name = id;
        for (int i = 2; !names.add(name); i++) {
            name = id + "-" + i;
        }
        return name;
    }

    /** Returns whether there is a key, with more than an empty list or table. */
    private static boolean hasValue(JsonNode table, String key) {
        JsonNode value = table.path(key);
        return !value.isMissingNode() && !(value.isContainerNode() && value.isEmpty());
    }

    private void route(String where, JsonNode base, JsonNode route, ObjectNode module) {
        if (route.path("private").asBoolean()) {
            problems.add(
                    where, "has a private route, which only Spin's own calls reach; remove it, or serve it with Spin");
        } else if (!route.isTextual()) {
            problems.add(where, "has no route that is a string; write for instance route = \"/...\"");
        } else if (!base.isTextual() && !base.isMissingNode()) {
            problems.add(where, "has a route below the base " + base + ", not a string; write base = \"/\"");
        } else if (route.asText().contains("/:")) {
            problems.add(
                    where,
                    "has the route " + route
                            + "; named segments are not supported, so end it with /... and read PATH_INFO");
        } else {
            module.put("route", base.asText("").replaceFirst("/+$", "") + route.asText());
        }
    }

    private void source(String where, JsonNode source, ObjectNode module) {
        if (source.isTextual() && SCHEME.matcher(source.asText()).matches()) {
            problems.add(where, "has the source " + source + ", which is not a file; write source = \"FILE.wasm\"");
        } else if (source.isTextual()) {
            // Absolute, since relative ones may also be found in the working directory, which is WAGI's rule and not
            // Spin's.
            Optional<Path> file = absolute(source.asText());
            if (file.isPresent() && !isOfThisMachine() && !Files.exists(file.get())) {
                // The same path of this machine would be another file.
                problems.add(
                        where, "has the source " + source + ", but there is no " + file.get() + "; check the path");
            }
            module.put("module", file.map(Path::toString).orElse(source.asText()));
        } else if (source.has("url")) {
            problems.add(
                    where,
                    "has a source with a URL; download it, and write source = \"FILE.wasm#"
                            + source.path("digest").asText("sha256:...") + "\"");
        } else {
            problems.add(where, "has no source that is a file; write source = \"FILE.wasm\"");
        }
    }

    /** Whether paths of the manifest are paths of this machine, as those of volumes are; not so in a zip file. */
    private boolean isOfThisMachine() {
        return directory != null && directory.getFileSystem() == FileSystems.getDefault();
    }

    /**
     * Resolves a path of the manifest.
     *
     * @return empty if it has no directory, or the text is no path of this host, which is reported later
     */
    private Optional<Path> absolute(String text) {
        try {
            return Optional.ofNullable(directory)
                    .map(base -> base.resolve(text).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static void carry(JsonNode from, String key, ObjectNode to) {
        if (from.has(key)) {
            to.set(key, from.get(key));
        }
    }

    // --- files

    private void files(String where, ObjectNode component, ObjectNode module) {
        String place = where + ", key 'files'";
        if (hasValue(component, "exclude_files")) {
            problems.add(
                    where + ", key 'exclude_files'",
                    "has no counterpart, a directory is granted as a whole; move the files elsewhere, and remove it");
        }
        ObjectNode volumes = NODES.objectNode();
        JsonNode files = component.path("files");
        if (!files.isArray() && !files.isMissingNode()) {
            problems.add(
                    place,
                    "is not a list; write for instance [{ source = \"DIRECTORY\", destination = \"/DIRECTORY\" }]");
        }
        for (JsonNode file : files.isArray() ? files : NODES.arrayNode()) {
            Matcher whole = WHOLE_DIRECTORY.matcher(file.asText());
            String host;
            String guest;
            if (file.path("source").isTextual() && file.path("destination").isTextual()) {
                new Table(place, file, problems).checkKeys(FILE_KEYS);
                host = file.path("source").asText();
                guest = file.path("destination").asText();
            } else if (file.isTextual() && OUTSIDE.matcher(file.asText()).matches()) {
                problems.add(
                        place,
                        file
                                + " is outside the directory of the manifest; write { source = \"DIRECTORY\","
                                + " destination = \"/DIRECTORY\" }, which grants everything in it");
                continue;
            } else if (file.isTextual() && whole.matches()) {
                host = whole.group(1);
                guest = "/" + host;
            } else {
                problems.add(
                        place,
                        file
                                + " is not a whole directory; write { source = \"DIRECTORY\", destination ="
                                + " \"/DIRECTORY\" }, which grants everything in it");
                continue;
            }
            if (volumes.has(guest)) {
                problems.add(place, "has two entries for " + guest + "; leave one");
            }
            Optional<Path> path = absolute(host);
            if (!isOfThisMachine()) {
                problems.add(
                        place,
                        "\"" + host
                                + "\" is to be next to the manifest, which is no file of this machine; download both");
            } else if (path.isPresent() && !Files.exists(path.get())) {
                problems.add(
                        place,
                        "there is no directory " + path.get()
                                + "; create it, or correct its path, which is relative to the manifest");
            } else {
                volumes.set(
                        guest,
                        NODES.objectNode().put("path", path.map(Path::toString).orElse(host)));
            }
        }
        module.set("volumes", volumes);
    }

    // --- outbound requests

    private void host(String where, String text, ArrayNode hosts) {
        Optional<String> expanded = expand(where, text);
        if (expanded.isEmpty()) {
            return;
        }
        String entry = expanded.get();
        if (entry.equals("insecure:allow-all") || entry.equals("*://*:*")) {
            hosts.add("insecure:allow-all");
            return;
        }
        Matcher parts = HOST.matcher(entry);
        if (!parts.matches()) {
            problems.add(where, "\"" + text + "\" is not scheme://host:port");
            return;
        }
        String scheme = Optional.ofNullable(parts.group("scheme")).orElse("*");
        String name = parts.group("host");
        String port = parts.group("port");
        if (!Set.of("http", "https", "*").contains(scheme)) {
            problems.add(where, "\"" + text + "\" is not for HTTP, and a module cannot call it; remove it");
        } else if (INSIDE.matcher(name).matches()) {
            problems.add(where, "\"" + text + "\" is a call within Spin; write the address of the server instead");
        } else if (name.equals("*") || (port != null && !port.matches("[0-9]+"))) {
            problems.add(
                    where,
                    "\"" + text
                            + "\" has a wildcard for hosts or ports, which is supported in \"*://*:*\" only; write an"
                            + " entry for each");
        } else {
            for (String each : scheme.equals("*") ? List.of("http", "https") : List.of(scheme)) {
                String host = each + "://" + name + (port == null ? "" : ":" + port);
                if (OWN_ADDRESS.matcher(name).matches()) {
                    // The manifest grants this very address, so it may be private.
                    hosts.addObject().put("host", host).put("allow_private", true);
                } else {
                    hosts.add(host);
                }
            }
        }
    }

    /** Puts the values of variables into an expression; empty if there is a problem. */
    private Optional<String> expand(String where, String text) {
        StringBuilder expanded = new StringBuilder();
        Matcher expression = EXPRESSION.matcher(text);
        while (expression.find()) {
            String name = expression.group(1);
            JsonNode variable = root.path("variables").path(name);
            String given = "SPIN_VARIABLE_" + name.toUpperCase(Locale.ROOT);
            String value = environment.apply(given);
            if (variable instanceof MissingNode) {
                problems.add(
                        where,
                        "\"" + text + "\" has the variable " + name + ", which [variables] does not declare; add it");
                return Optional.empty();
            }
            if (variable.path("secret").asBoolean()) {
                problems.add(
                        where,
                        "the variable " + name
                                + " is secret, but messages show hosts; write the host, or a variable that"
                                + " is not secret");
                return Optional.empty();
            }
            if (value == null && !variable.path("default").isTextual()) {
                problems.add(where, "the variable " + name + " has no value; set " + given);
                return Optional.empty();
            }
            expression.appendReplacement(
                    expanded,
                    Matcher.quoteReplacement(
                            value == null ? variable.path("default").asText() : value));
        }
        return Optional.of(expression.appendTail(expanded).toString());
    }

    private static ObjectNode copy(JsonNode node) {
        return node instanceof ObjectNode object ? object.deepCopy() : NODES.objectNode();
    }

    private static Set<String> sorted(String... keys) {
        return new TreeSet<>(Set.of(keys));
    }
}
