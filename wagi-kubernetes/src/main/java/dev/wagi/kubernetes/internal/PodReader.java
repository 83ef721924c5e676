// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.config.internal.Nearest;
import dev.wagi.config.internal.TreeReader;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.sandbox.Escape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads one Pod: its annotations, which cover all of its containers, and the containers. */
final class PodReader {

    static final String PREFIX = "alpha.wagi.krustlet.dev/";
    static final String MODULES = PREFIX + "modules";
    static final String DEFAULT_HOST = PREFIX + "default-host";

    private static final Set<String> ANNOTATIONS = new TreeSet<>(Set.of(MODULES, DEFAULT_HOST));

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Section object;
    private final List<ModuleSettings> modules = new ArrayList<>();
    private @Nullable HostPort address;

    PodReader(Manifest.Pod pod, Map<String, ConfigData> data, Manifest.Directories directories) {
        this.object = pod.object();
        Map<String, String> annotations = pod.metadata().table("annotations");
        for (String name : annotations.keySet()) {
            if (name.startsWith(PREFIX) && !ANNOTATIONS.contains(name)) {
                object.problem(
                        "annotations." + name,
                        Nearest.of(name, ANNOTATIONS)
                                .map(near -> "is unknown; did you mean '" + near + "'?")
                                .orElse("is unknown; known annotations are " + String.join(", ", ANNOTATIONS)));
            }
        }
        Section spec = pod.spec();
        spec.check(Fields.POD_SPEC);
        if (annotations.containsKey(DEFAULT_HOST)) {
            address = address(annotations.get(DEFAULT_HOST));
        }
        Map<String, JsonNode> settings = settings(annotations.get(MODULES));
        PodVolumes volumes = new PodVolumes(pod, data, directories);
        ContainerReader reader = new ContainerReader(pod, annotations, data, volumes, pullSecrets(pod, data), address);
        List<Section> containers = spec.sections("containers", "container", container -> container.path("name"));
        if (containers.isEmpty()) {
            object.problem("containers", "is empty; a Pod needs a container for each of its modules");
        }
        Map<String, JsonNode> left = new LinkedHashMap<>(settings);
        Set<String> names = new TreeSet<>();
        for (Section container : containers) {
            container.check(Fields.CONTAINER);
            String name = container.required("name").orElse("");
            if (name.isEmpty()) {
                continue;
            }
            if (!names.add(name)) {
                container.problem("name", "is the name of another container of the Pod; give each its own");
                continue;
            }
            JsonNode entry = left.remove(name);
            if (entry != null) {
                modules.add(reader.read(container, name, entry, place(name)));
            } else if (!settings.isEmpty()) {
                container.problem(
                        "name",
                        Nearest.of(name, settings.keySet())
                                .map(near -> "is not in the annotation " + MODULES + "; is \"" + Escape.text(near)
                                        + "\" in it meant for this container?")
                                .orElse("is not in the annotation " + MODULES + "; add \"" + Escape.text(name)
                                        + "\": {\"route\": \"/...\"} to it"));
            }
        }
        for (String name : left.keySet()) {
            object.findings()
                    .problem(
                            place(name),
                            Nearest.of(name, names)
                                    .map(near ->
                                            "there is no such container; did you mean \"" + Escape.text(near) + "\"?")
                                    .orElse("there is no such container; the Pod has " + String.join(", ", names)));
        }
        volumes.checkUnused();
    }

    /** Returns the modules, not validated. */
    List<ModuleSettings> modules() {
        return modules;
    }

    /** Returns the address at which the Pod expects requests. */
    Optional<HostPort> address() {
        return Optional.ofNullable(address);
    }

    private String place(String container) {
        return object.place() + ", annotation " + MODULES + ", \"" + Escape.text(container) + "\"";
    }

    private @Nullable HostPort address(String text) {
        HostPort parsed = HostPort.parse(text).orElse(null);
        if (parsed == null || parsed.port() < 0) {
            object.problem(
                    "annotations." + DEFAULT_HOST,
                    Escape.forLog(text) + " is not ip:port; write for instance \"0.0.0.0:3001\"");
            return null;
        }
        return parsed;
    }

    /** Parses the settings of each container. */
    private Map<String, JsonNode> settings(@Nullable String text) {
        Map<String, JsonNode> settings = new LinkedHashMap<>();
        String key = "annotations." + MODULES;
        if (text == null) {
            object.problem(
                    key,
                    "is missing; it maps the containers to their routes, as JSON:"
                            + " {\"CONTAINER\": {\"route\": \"/...\"}}");
            return settings;
        }
        JsonNode root = JsonNodeFactory.instance.missingNode();
        try (JsonParser parser = JSON.createParser(text)) {
            TreeReader reader = new TreeReader(parser);
            JsonNode read = reader.next();
            root = read == null ? root : read;
            if (reader.next() != null) {
                object.problem(key, "has text after its JSON object; remove it");
            }
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            object.problem(
                    key,
                    (at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + " of its text: ")
                            + "malformed JSON: " + Escape.line(e.getOriginalMessage()));
            return settings;
        } catch (IOException e) {
            throw new IllegalStateException("BUG: a text cannot fail to be read", e);
        }
        if (!root.isObject() || root.isEmpty()) {
            object.problem(
                    key,
                    "is not a JSON object with an entry for each container; write {\"CONTAINER\": {\"route\":"
                            + " \"/...\"}}");
            return settings;
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getValue().isObject()) {
                object.findings().problem(place(entry.getKey()), "is not an object; write {\"route\": \"/...\"}");
            }
            settings.put(entry.getKey(), entry.getValue());
        }
        return settings;
    }

    /** Returns the credentials in the Pod's pull secrets, as far as the manifest contains these. */
    private static List<String> pullSecrets(Manifest.Pod pod, Map<String, ConfigData> data) {
        List<String> texts = new ArrayList<>();
        for (Section secret : pod.spec().sections("imagePullSecrets", "imagePullSecret", item -> item.path("name"))) {
            secret.check(Fields.NAME);
            String name = secret.required("name").orElse("");
            ConfigData found = data.get(ConfigData.key("Secret", pod.namespace(), name));
            if (found == null) {
                if (!name.isEmpty()) {
                    secret.warn("there is no such Secret in the manifest, so its credentials are not used");
                }
                continue;
            }
            String key = switch (found.type()) {
                case "kubernetes.io/dockerconfigjson" -> ".dockerconfigjson";
                case "kubernetes.io/dockercfg" -> ".dockercfg";
                default -> "";
            };
            byte[] content = found.entries().get(key);
            if (content == null) {
                secret.problem(
                        "name",
                        "names a Secret without credentials for registries; it must have the type"
                                + " kubernetes.io/dockerconfigjson and the key .dockerconfigjson");
            } else {
                texts.add(new String(content, StandardCharsets.UTF_8));
            }
        }
        return texts;
    }
}
