// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.config.internal.ModuleKeys;
import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.PullPolicy;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the containers of one Pod, each with its entry in the annotation. */
final class ContainerReader {

    /** The keys of modules for which a container has its own fields. */
    private static final Set<String> NOT_FOR_CONTAINERS = Set.of("module", "bindle_server", "repository");

    /** Matches images whose first component is a registry. */
    private static final Pattern WITH_REGISTRY = Pattern.compile("(localhost|[^/]*[.:][^/]*)/.*", Pattern.DOTALL);

    private static final Pattern LABEL_PATH = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)']");

    private static final Map<String, PullPolicy> POLICIES = Map.of(
            "Always", PullPolicy.ALWAYS,
            "IfNotPresent", PullPolicy.IF_NOT_PRESENT,
            "Never", PullPolicy.NEVER);

    private static final long MIN_MEMORY = 64 << 10;
    private static final long MAX_MEMORY = (2L << 30) - (64 << 10);

    private final Manifest.Pod pod;
    private final Map<String, String> annotations;
    private final Map<String, ConfigData> data;
    private final PodVolumes volumes;
    private final List<String> pullSecrets;
    private final @Nullable HostPort address;

    ContainerReader(
            Manifest.Pod pod,
            Map<String, String> annotations,
            Map<String, ConfigData> data,
            PodVolumes volumes,
            List<String> pullSecrets,
            @Nullable HostPort address) {
        this.pod = pod;
        this.annotations = annotations;
        this.data = data;
        this.volumes = volumes;
        this.pullSecrets = pullSecrets;
        this.address = address;
    }

    /**
     * Reads a container.
     *
     * @param entry the container's entry in the annotation
     * @param entryPlace the location of that entry
     */
    ModuleSettings read(Section container, String name, JsonNode entry, String entryPlace) {
        ModuleSettings draft = new ModuleSettings(container.place());
        draft.baseDirectory = pod.directory();
        draft.defaultName = name;
        ModuleKeys.readObject(
                entryPlace,
                entry,
                NOT_FOR_CONTAINERS,
                draft,
                container.findings().problems());
        draft.module = container
                .required("image")
                .map(image -> (WITH_REGISTRY.matcher(image).matches() ? "oci://" : "oci:") + image)
                .orElse(null);
        draft.pull = policy(container)
                .map(PullOptions.none()::withPolicy)
                .orElse(PullOptions.none())
                .withPullSecrets(pullSecrets);
        memory(container, entry, draft);
        Variables variables = environment(container, draft);
        variables.all().forEach((variable, value) -> {
            if (draft.environment.putIfAbsent(variable, value) != null) {
                container.problem(
                        "env", Escape.forLog(variable) + " is also set by the annotation; remove one of them");
            }
        });
        commandLine(container, variables, draft);
        for (Section port : container.sections("ports", "port", item -> item.path("containerPort"))) {
            port.check(Fields.PORT);
        }
        draft.volumes.addAll(volumes.mounts(container));
        return draft;
    }

    private static Optional<PullPolicy> policy(Section container) {
        Optional<String> text = container.text("imagePullPolicy").filter(policy -> !policy.isEmpty());
        if (text.isPresent() && !POLICIES.containsKey(text.get())) {
            container.problem(
                    "imagePullPolicy",
                    Escape.forLog(text.get()) + " is not a policy; write Always, IfNotPresent or Never");
        }
        return text.map(POLICIES::get);
    }

    private Variables environment(Section container, ModuleSettings draft) {
        Variables variables = new Variables();
        for (Section source : container.sections("envFrom", "envFrom", item -> item.path("none"))) {
            source.check(Fields.ENVIRONMENT_FROM);
            String prefix = source.text("prefix").orElse("");
            for (String kind : List.of("ConfigMap", "Secret")) {
                String field = kind.equals("Secret") ? "secretRef" : "configMapRef";
                source.section(field, source.place()).ifPresent(reference -> {
                    reference.check(Fields.REFERENCE);
                    ConfigData found = find(
                            reference, field, kind, reference.required("name").orElse(""));
                    if (found != null) {
                        found.entries()
                                .forEach((key, value) -> ConfigData.text(value)
                                        .ifPresentOrElse(
                                                text -> set(variables, source, prefix + key, text),
                                                () -> reference.problem(
                                                        field,
                                                        Escape.forLog(key) + " in it is not UTF-8 text, as"
                                                                + " a variable requires")));
                    }
                });
            }
        }
        for (Section variable : container.sections("env", "env", item -> item.path("name"))) {
            variable.check(Fields.ENVIRONMENT);
            String name = variable.required("name").orElse("");
            if (name.isEmpty()) {
                continue;
            }
            Section from = variable.section("valueFrom");
            if (!variable.asks("valueFrom")) {
                String text = variable.text("value").orElse("");
                try {
                    set(variables, variable, name, variables.expand(text));
                } catch (IllegalArgumentException e) {
                    variable.problem("value", String.valueOf(e.getMessage()));
                }
                continue;
            }
            if (variable.asks("value")) {
                variable.problem("value", "is set together with 'valueFrom'; remove one of them");
            }
            from.check(Fields.VALUE_FROM);
            value(from, container, draft).ifPresent(text -> set(variables, variable, name, text));
        }
        return variables;
    }

    private static void set(Variables variables, Section place, String name, String value) {
        try {
            variables.set(name, value);
        } catch (IllegalArgumentException e) {
            place.findings().problem(place.place(), String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> value(Section from, Section container, ModuleSettings draft) {
        for (String kind : List.of("ConfigMap", "Secret")) {
            String field = kind.equals("Secret") ? "secretKeyRef" : "configMapKeyRef";
            Optional<Section> reference = from.section(field, from.place());
            if (reference.isPresent()) {
                return keyReference(reference.get(), field, kind);
            }
        }
        Optional<Section> resource = from.section("resourceFieldRef", from.place());
        if (resource.isPresent()) {
            return resource(resource.get(), container, draft);
        }
        return from.section("fieldRef", from.place()).flatMap(reference -> {
            reference.check(Fields.FIELD_REF);
            return reference.required("fieldPath").flatMap(path -> field(reference, path));
        });
    }

    private Optional<String> keyReference(Section reference, String field, String kind) {
        reference.check(Fields.KEY_REFERENCE);
        String key = reference.required("key").orElse("");
        ConfigData found =
                find(reference, field, kind, reference.required("name").orElse(""));
        if (found == null || key.isEmpty()) {
            return Optional.empty();
        }
        byte[] value = found.entries().get(key);
        if (value == null) {
            if (!reference.flag("optional")) {
                reference.problem(
                        field,
                        "there is no key " + Escape.forLog(key) + " in the " + kind
                                + "; add it, or write optional: true");
            }
            return Optional.empty();
        }
        Optional<String> text = ConfigData.text(value);
        if (text.isEmpty()) {
            reference.problem(field, Escape.forLog(key) + " in it is not UTF-8 text, as a variable requires");
        }
        return text;
    }

    private @Nullable ConfigData find(Section reference, String field, String kind, String name) {
        ConfigData found = data.get(ConfigData.key(kind, pod.namespace(), name));
        if (found == null && !name.isEmpty() && !reference.flag("optional")) {
            reference.problem(
                    field,
                    "there is no " + kind + " " + Escape.forLog(name) + " in the manifest, namespace "
                            + Escape.text(pod.namespace()) + "; add it as a document, or write optional: true");
        }
        return found;
    }

    private Optional<String> field(Section reference, String path) {
        var label = LABEL_PATH.matcher(path);
        if (label.matches()) {
            Map<String, String> values =
                    label.group(1).equals("labels") ? pod.metadata().table("labels") : annotations;
            return Optional.of(values.getOrDefault(label.group(2), ""));
        }
        return switch (path) {
            case "metadata.name" -> Optional.of(pod.name());
            case "metadata.namespace" -> Optional.of(pod.namespace());
            case "metadata.uid" -> Optional.of(given(pod.metadata(), "uid").orElseGet(this::uid));
            case "spec.nodeName" -> Optional.of(given(pod.spec(), "nodeName").orElseGet(Node::name));
            case "spec.serviceAccountName" ->
                Optional.of(given(pod.spec(), "serviceAccountName").orElse("default"));
            case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs" ->
                Optional.of(Node.address(address));
            default -> unknownField(reference, path);
        };
    }

    private static Optional<String> given(Section section, String key) {
        return section.text(key).filter(text -> !text.isEmpty());
    }

    /**
     * Derives a uid from the place of the Pod, which identifies it here; the uid is the same after a reload. A cluster
     * would assign one.
     */
    private String uid() {
        return UUID.nameUUIDFromBytes((pod.namespace() + "/" + pod.object().place()).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /**
     * Returns an amount of the container's resources. Amounts without a limit are limited by the host, as on a node of
     * a cluster.
     */
    private static Optional<String> resource(Section reference, Section container, ModuleSettings draft) {
        reference.check(Fields.RESOURCE_FIELD_REF);
        Optional<String> other = given(reference, "containerName");
        if (other.isPresent() && !other.equals(container.text("name"))) {
            reference.problem(
                    "containerName", "names another container; only the container's own resources are available");
            return Optional.empty();
        }
        String name = reference.required("resource").orElse("");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Section resources = container.section("resources");
        int dot = name.indexOf('.');
        String kind = name.substring(dot + 1);
        BigDecimal asked = amount(resources.section("requests"), kind);
        BigDecimal limit = amount(resources.section("limits"), kind);
        BigDecimal most = switch (kind) {
            case "memory" -> BigDecimal.valueOf(memory(draft));
            case "cpu" ->
                limit != null ? limit : BigDecimal.valueOf(Runtime.getRuntime().availableProcessors());
            default -> limit;
        };
        BigDecimal amount = switch (name.substring(0, Math.max(0, dot))) {
            case "limits" -> most;
            case "requests" -> asked != null ? asked : limit != null ? limit : most == null ? null : BigDecimal.ZERO;
            default -> null;
        };
        if (amount == null) {
            reference.problem(
                    "resource",
                    Escape.forLog(name)
                            + " is not available without a cluster; available are limits.memory, limits.cpu,"
                            + " requests.memory, requests.cpu and those in the container's resources; write a value"
                            + " instead");
            return Optional.empty();
        }
        BigDecimal divisor = amount(reference, "divisor");
        return Optional.of(amount.divide(
                        divisor == null || divisor.signum() == 0 ? BigDecimal.ONE : divisor, 0, RoundingMode.CEILING)
                .toPlainString());
    }

    private static @Nullable BigDecimal amount(Section section, String key) {
        JsonNode value = section.node().path(key);
        if (!value.isTextual() && !value.isNumber()) {
            return null;
        }
        try {
            return Quantity.exactly(value.asText());
        } catch (IllegalArgumentException e) {
            section.problem(key, Escape.forLog(value.asText()) + " " + e.getMessage());
            return null;
        }
    }

    /** Returns the memory limit that is enforced, in bytes. */
    private static long memory(ModuleSettings draft) {
        Limits limits = Limits.defaults();
        try {
            for (UnaryOperator<Limits> limit : draft.limits) {
                limits = limit.apply(limits);
            }
        } catch (IllegalArgumentException e) {
            return Limits.defaults().maxMemoryBytes(); // reported when the draft is validated
        }
        return limits.maxMemoryBytes();
    }

    private static Optional<String> unknownField(Section reference, String path) {
        reference.problem(
                "fieldPath",
                Escape.forLog(path) + " is not available without a cluster; available are metadata.name,"
                        + " metadata.namespace, metadata.uid, metadata.labels['KEY'], metadata.annotations['KEY'],"
                        + " spec.nodeName, spec.serviceAccountName, status.podIP and status.hostIP; write a value"
                        + " instead");
        return Optional.empty();
    }

    /**
     * Sets the guest's arguments to those of the container. Without a command, the program name is the request path, as
     * usual.
     */
    private static void commandLine(Section container, Variables variables, ModuleSettings draft) {
        List<String> command = container.texts("command");
        List<String> arguments = container.texts("args");
        if (command.isEmpty() && arguments.isEmpty()) {
            return;
        }
        String field = command.isEmpty() ? "args" : "command";
        if (draft.argv != null) {
            container.problem(field, "is set together with 'argv' in the annotation; remove one of them");
            return;
        }
        List<String> all = new ArrayList<>(command.isEmpty() ? List.of("${SCRIPT_NAME}") : command);
        all.addAll(arguments);
        try {
            List<String> argv = new ArrayList<>();
            for (String argument : all) {
                argv.add(variables.expand(argument));
            }
            draft.argv = argv;
        } catch (IllegalArgumentException e) {
            container.problem(field, String.valueOf(e.getMessage()));
        }
    }

    /** Applies the memory limit of the container, unless the annotation has a lower one. */
    private static void memory(Section container, JsonNode entry, ModuleSettings draft) {
        Section resources = container.at(container.place() + ", resources").section("resources");
        resources.check(Fields.RESOURCES);
        Section limits = resources.section("limits");
        limits.node().fieldNames().forEachRemaining(name -> {
            if (!name.equals("memory") && limits.asks(name)) {
                limits.warn("the limit of " + Escape.text(name) + " is not enforced");
            }
        });
        limits.quantity("memory").ifPresent(bytes -> {
            if (bytes < MIN_MEMORY) {
                limits.problem("memory", "is less than 64Ki, the minimum for a module; did you mean Mi?");
                return;
            }
            long most = Math.min(bytes, MAX_MEMORY);
            boolean lower = entry.has("max_memory");
            draft.limits.add(
                    (Limits own) -> own.withMaxMemoryBytes(lower ? Math.min(own.maxMemoryBytes(), most) : most));
        });
    }
}
