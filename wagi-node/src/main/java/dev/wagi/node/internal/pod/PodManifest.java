// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.volume.Amounts;
import dev.wagi.node.internal.volume.PodFields;
import dev.wagi.node.internal.volume.PodVolumes;
import dev.wagi.node.internal.volume.References;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the manifest with which the host serves a pod. It contains only the fields that apply to modules; images are
 * those that were pulled, and volumes are directories that the node created. Settings that a pod's author may not make
 * on a node are refused.
 */
final class PodManifest {

    /** Keys of a module that would reach into the node, past the pod's own volumes. */
    private static final Set<String> FORBIDDEN = Set.of("volumes");

    private static final int MAX_CONCURRENCY = 65_536;

    private final Api api;
    private final String address;

    PodManifest(Api api, String address) {
        this.api = api;
        this.address = address;
    }

    /**
     * Returns the name of a container in logs and metrics. It is unambiguous, because Kubernetes names contain no
     * underscores.
     */
    static String moduleName(Pod pod, String container) {
        return pod.getMetadata().getNamespace() + "_" + pod.getMetadata().getName() + "_" + container;
    }

    /** The settings of each container, as the annotation has them. */
    Map<String, Map<String, Object>> settings(Pod pod, boolean privateHosts) throws InvalidAnnotationException {
        String text = PodAnnotations.of(pod).modules();
        Map<String, Map<String, Object>> settings = new LinkedHashMap<>();
        if (text == null) {
            List<Container> containers = pod.getSpec().getContainers();
            if (containers.size() > 1) {
                throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES
                        + " is missing; a pod of several containers needs a route for each: {\"CONTAINER\": {\"route\":"
                        + " \"/...\"}}");
            }
            settings.put(containers.get(0).getName(), new LinkedHashMap<>(Map.of("route", "/...")));
            return settings;
        }
        Map<?, ?> parsed;
        try {
            // Anything else would be read as YAML, in which values may contain themselves.
            parsed = text.stripLeading().startsWith("{") ? api.read(text, Map.class) : null;
        } catch (RuntimeException e) {
            throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES
                    + " is not JSON; write {\"CONTAINER\": {\"route\": \"/...\"}}");
        }
        if (parsed == null) {
            throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES
                    + " is not a JSON object; write {\"CONTAINER\": {\"route\": \"/...\"}}");
        }
        for (Map.Entry<?, ?> entry : parsed.entrySet()) {
            String name = References.shown(String.valueOf(entry.getKey()));
            if (!(entry.getValue() instanceof Map<?, ?> values)) {
                throw new InvalidAnnotationException(
                        "the annotation " + PodAnnotations.MODULES + ", \"" + name + "\", is not an object");
            }
            Map<String, Object> own = new LinkedHashMap<>();
            values.forEach((key, value) -> own.put(String.valueOf(key), value));
            for (String key : FORBIDDEN) {
                if (own.containsKey(key)) {
                    throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES + ", \"" + name
                            + "\", key '" + key + "' would reach directories of the node; use volumes of the pod");
                }
            }
            if (!privateHosts && namesPrivateHosts(own.get("allowed_hosts"))) {
                throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES + ", \"" + name
                        + "\", key 'allowed_hosts' has allow_private, with which guests would reach the node's own"
                        + " network; its operator allows that with --allow-private-hosts");
            }
            settings.put(name, own);
        }
        Set<String> names = new java.util.TreeSet<>();
        pod.getSpec().getContainers().forEach(container -> names.add(container.getName()));
        for (String name : settings.keySet()) {
            if (!names.contains(name)) {
                throw new InvalidAnnotationException("the annotation " + PodAnnotations.MODULES + " names \"" + name
                        + "\", and there is no such container; the pod has " + String.join(", ", names));
            }
        }
        for (String name : names) {
            if (!settings.containsKey(name)) {
                throw new InvalidAnnotationException("the container " + name + " is not in the annotation "
                        + PodAnnotations.MODULES + "; add \"" + name + "\": {\"route\": \"/...\"} to it");
            }
        }
        return settings;
    }

    private static boolean namesPrivateHosts(@Nullable Object hosts) {
        return hosts instanceof List<?> list
                && list.stream().anyMatch(each -> each instanceof Map<?, ?> map && map.containsKey("allow_private"));
    }

    /** The annotation cannot be used as it is. */
    static final class InvalidAnnotationException extends Exception {

        private static final long serialVersionUID = 1;

        InvalidAnnotationException(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    /**
     * Writes a manifest.
     *
     * @param containers the containers to serve, with the image that was pulled for each
     * @param objects the ConfigMaps and Secrets that variables refer to; their namespace is the pod's uid
     */
    void write(
            Path file,
            Pod pod,
            Map<String, Map<String, Object>> settings,
            Map<String, String> containers,
            List<Map<String, Object>> volumes,
            Collection<Map<String, Object>> objects)
            throws IOException {
        List<Map<String, Object>> specs = new ArrayList<>();
        Map<String, Object> modules = new LinkedHashMap<>();
        for (Container container : pod.getSpec().getContainers()) {
            String image = containers.get(container.getName());
            if (image != null) {
                specs.add(container(pod, container, image));
                modules.put(
                        container.getName(),
                        module(pod, container, Objects.requireNonNull(settings.get(container.getName()))));
            }
        }
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put(PodAnnotations.MODULES, api.write(modules));
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("name", pod.getMetadata().getName());
        // Pods that share an address are one manifest for the host; the uid as namespace keeps their ConfigMaps
        // separate.
        metadata.put("namespace", pod.getMetadata().getUid());
        metadata.put("uid", pod.getMetadata().getUid());
        metadata.put("annotations", annotations);
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("containers", specs);
        spec.put("volumes", volumes);
        List<Map<String, Object>> items = new ArrayList<>(objects);
        items.add(Map.of("apiVersion", "v1", "kind", "Pod", "metadata", metadata, "spec", spec));
        String text = api.write(Map.of("apiVersion", "v1", "kind", "List", "items", items));
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> module(Pod pod, Container container, Map<String, Object> settings) {
        Map<String, Object> module = new LinkedHashMap<>(settings);
        module.put("name", moduleName(pod, container.getName()));
        Quantity cpu = limit(container, "cpu");
        if (cpu != null && !module.containsKey("max_concurrency")) {
            // A guest that runs takes a processor.
            int guests = Amounts.of(cpu)
                    .setScale(0, RoundingMode.CEILING)
                    .min(BigDecimal.valueOf(MAX_CONCURRENCY))
                    .intValue();
            module.put("max_concurrency", Math.max(1, guests));
        }
        return module;
    }

    private static @Nullable Quantity limit(Container container, String name) {
        return container.getResources() == null || container.getResources().getLimits() == null
                ? null
                : container.getResources().getLimits().get(name);
    }

    private Map<String, Object> container(Pod pod, Container container, String image) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("name", container.getName());
        spec.put("image", image);
        spec.put("command", container.getCommand());
        spec.put("args", container.getArgs());
        spec.put("envFrom", container.getEnvFrom());
        List<Object> variables = new ArrayList<>();
        if (container.getEnv() != null) {
            container.getEnv().forEach(variable -> variables.add(variable(pod, variable)));
        }
        spec.put("env", variables);
        List<Map<String, Object>> mounts = new ArrayList<>();
        if (container.getVolumeMounts() != null) {
            for (VolumeMount mount : container.getVolumeMounts()) {
                mounts.add(Map.of(
                        "name",
                        mount.getName(),
                        "mountPath",
                        mount.getMountPath(),
                        "readOnly",
                        Boolean.TRUE.equals(mount.getReadOnly()) || PodVolumes.isReadOnly(pod, mount.getName())));
            }
        }
        spec.put("volumeMounts", mounts);
        Quantity memory = limit(container, "memory");
        if (memory != null) {
            spec.put("resources", Map.of("limits", Map.of("memory", memory.toString())));
        }
        return spec;
    }

    /** Resolves the pod's own fields, because the host knows neither its namespace nor its addresses. */
    private Object variable(Pod pod, EnvVar variable) {
        if (variable.getValueFrom() == null || variable.getValueFrom().getFieldRef() == null) {
            return variable;
        }
        return PodFields.field(
                        pod, address, variable.getValueFrom().getFieldRef().getFieldPath())
                // A {@code $(NAME)} in the value is not a reference.
                .<Object>map(value -> Map.of("name", variable.getName(), "value", value.replace("$", "$$")))
                .orElse(variable);
    }
}
