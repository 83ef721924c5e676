// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.client.OciModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wagi inspect}: prints what a module is, imports and exports. */
@Command(
        name = "inspect",
        description = {
            "Shows a module's digest, size, imports, exports, entrypoints and routes.",
            "Routes are those that it declares; its function _routes is run for that, in the sandbox.",
            "Problems are the reasons for which 'wagi serve' would refuse it; the module is compiled to find them."
        },
        customSynopsis = "wagi inspect [OPTION]... FILE|REFERENCE",
        sortOptions = false,
        footer = {"", "Examples:", "  wagi inspect hello.wasm", "  wagi inspect --json example.org/hello:v1.0.0"})
final class InspectCommand implements Callable<Integer> {

    private static final String ROUTES = "_routes";

    @Parameters(
            paramLabel = "FILE|REFERENCE",
            description = "A module, .wasm or .wat, or an image; a file that exists wins.")
    private @Nullable String name;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--fast",
            description = "Do not compile the module; problems that only compiling finds are not reported.")
    private boolean fast;

    @Mixin
    private CacheOptions compiled = new CacheOptions();

    @Mixin
    private ModuleCacheOptions cache = new ModuleCacheOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        common.apply();
        String source = Objects.requireNonNull(name);
        if (source.isEmpty()) {
            throw Failures.usage(spec, "the name is empty; name a .wasm or .wat file, or an image");
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        byte[] module;
        if (isFile(source)) {
            module = InputFile.module(Path.of(source));
            facts.put("file", source);
        } else {
            OciModule pulled = pull(source);
            module = pulled.bytes();
            facts.put("reference", pulled.reference().toString());
            facts.put("manifest", pulled.manifest().toString());
            facts.put("type", pulled.mediaType());
        }
        WasmSummary summary = WasmSummary.of(source, module);
        facts.put("digest", Digest.sha256(module).toString());
        facts.put("size", (long) module.length);
        facts.put("memory", memory(summary));
        facts.put("entrypoints", summary.entrypoints());
        List<String> routes = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        load(source, module, summary, routes, problems);
        if (summary.entrypoints().contains(ROUTES)) {
            facts.put("routes", routes);
        }
        facts.put("imports", summary.imports());
        facts.put("exports", summary.exports());
        facts.put("problems", problems);
        System.out.print(json ? json(facts) : text(facts));
        System.out.flush();
        return 0;
    }

    /**
     * Whatever it is: a directory or a pipe is not meant as an image. Neither is the name of a module without a
     * registry, which a mistyped path looks like; nobody is asked for it.
     */
    private static boolean isFile(String text) {
        try {
            return !text.isEmpty() && Files.exists(Path.of(text), LinkOption.NOFOLLOW_LINKS) || looksLikeFile(text);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static boolean looksLikeFile(String text) {
        String first = text.substring(0, Math.max(text.indexOf('/'), 0));
        boolean hasRegistry =
                first.equals("localhost") || first.contains(".") && !first.equals(".") && !first.equals("..");
        return (text.endsWith(".wasm") || text.endsWith(".wat"))
                && text.indexOf(':') < 0
                && text.indexOf('@') < 0
                && !hasRegistry;
    }

    private OciModule pull(String source) {
        OciReference reference;
        try {
            reference = PullCommand.reference(source);
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, "there is no file \"" + source + "\", and as an image it " + e.getMessage());
        }
        return cache.client(TransferProgress.standard(json))
                .pull(reference, cache.isOffline() ? PullPolicy.NEVER : PullPolicy.ALWAYS);
    }

    private static String memory(WasmSummary summary) {
        if (summary.minPages() < 0) {
            return "none of its own";
        }
        return (summary.minPages() * 64) + " KiB to begin with"
                + (summary.maxPages() < 0 ? "" : ", " + summary.maxPages() * 64 + " KiB at most");
    }

    /**
     * Loads it as a host does.
     *
     * @param routes takes what it declares, each route with its entrypoint
     * @param problems takes why it cannot be served
     */
    private void load(String source, byte[] module, WasmSummary summary, List<String> routes, List<String> problems) {
        String entrypoint = summary.entrypoints().contains("_start")
                        || summary.entrypoints().isEmpty()
                ? "_start"
                : summary.entrypoints().get(0);
        Wagi.Builder builder = Wagi.builder()
                .engine(fast ? Wagi.Engine.INTERPRETER : Wagi.Engine.COMPILER)
                .addResolver(new Bytes(module, source))
                .addModule(m -> m.route("/...").source(Bytes.REFERENCE).entrypoint(entrypoint));
        compiled.directory().ifPresent(builder::compileCache);
        try (Wagi wagi = builder.build()) {
            wagi.routes().stream()
                    .filter(route -> !route.route().equals("/..."))
                    .map(InspectCommand::describe)
                    .forEach(routes::add);
        } catch (WagiConfigException e) {
            for (String problem : e.problems(Failures::option)) {
                problems.add(problem.replaceFirst("^Wagi\\.builder\\(\\), module 1, key '\\w+': ", "")
                        .replace(Bytes.REFERENCE, source));
            }
        }
    }

    private static String describe(RouteInfo route) {
        return route.route() + " " + route.entrypoint();
    }

    private static String json(Map<String, Object> facts) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        facts.forEach((key, value) -> {
            if (value instanceof List<?> list) {
                ArrayNode array = object.putArray(key);
                list.forEach(item -> array.add(item.toString()));
            } else if (value instanceof Long number) {
                object.put(key, number);
            } else {
                object.put(key, value.toString());
            }
        });
        return object.toPrettyString() + System.lineSeparator();
    }

    /** A line for each fact, lists one item a line; what others chose is escaped. */
    private static String text(Map<String, Object> facts) {
        StringBuilder text = new StringBuilder();
        facts.forEach((key, value) -> {
            List<?> items = value instanceof List<?> list ? list : List.of(value);
            if (items.isEmpty()) {
                items = List.of("none");
            }
            String label = key;
            for (Object item : items) {
                String shown = item instanceof Long size ? size + " bytes" : escaped(item.toString());
                text.append(String.format("%-12s%s%n", label, shown));
                label = "";
            }
        });
        return text.toString();
    }

    private static String escaped(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            boolean control = type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE;
            safe.append(control ? String.format("\\u%04x", c) : Character.toString(c));
        });
        return safe.toString();
    }

    private record Bytes(byte[] module, String source) implements ModuleResolver {
        static final String REFERENCE = "inspected:module";

        @Override
        public String scheme() {
            return "inspected";
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            return ResolvedModule.of(module, source);
        }
    }
}
