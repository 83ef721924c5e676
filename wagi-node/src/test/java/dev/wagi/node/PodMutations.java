// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Pods from the fuzzer's corpus and the samples, with a few edits each; the same for the same number. */
final class PodMutations {

    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    /** JSON. No text is the name of an image that a registry elsewhere could have. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1",
            "2147483647",
            "9223372036854775807",
            "1e400",
            "[]",
            "{}",
            "[null]",
            "[{}]",
            "\"\"",
            "\"..\"",
            "\"../../escaped\"",
            "\"/\"",
            "\"/etc/passwd\"",
            "\"\\u0000\"",
            "\" \"",
            "\"a b\"",
            "\"$(A)\"",
            "\"$(\"",
            "\"\\u00e9\\n\"",
            "\"-1\"",
            "\"0\"",
            "\"1e400\"",
            "\"Always\"",
            "\"Never\"",
            "\"*\"",
            "{\"emptyDir\": {}}",
            "{\"exec\": {\"command\": [\"ls\"]}}",
            "{\"tcpSocket\": {\"port\": 1}}");

    /** Keys that a pod may have, whether the one that is edited has them or not. */
    private static final List<String> KEYS = List.of(
            "env",
            "envFrom",
            "args",
            "command",
            "volumes",
            "volumeMounts",
            "readinessProbe",
            "livenessProbe",
            "resources",
            "limits",
            "hostPath",
            "subPath",
            "mountPath",
            "activeDeadlineSeconds",
            "terminationGracePeriodSeconds",
            "imagePullPolicy",
            "imagePullSecrets",
            "initContainers",
            "hostNetwork",
            "securityContext",
            "restartPolicy",
            "runtimeClassName",
            "ports",
            "lifecycle",
            "valueFrom",
            "name",
            "labels",
            "alpha.wagi.krustlet.dev/default-host",
            "alpha.wagi.krustlet.dev/modules");

    private final List<Map<String, Object>> pods = new ArrayList<>();

    PodMutations() throws IOException {
        for (String directory : List.of("../wagi-fuzz/corpus/manifest", "../samples/kubernetes")) {
            try (Stream<Path> files = Files.list(Path.of(directory))) {
                for (Path file : files.sorted().toList()) {
                    if (directory.endsWith("manifest") || file.toString().endsWith(".yaml")) {
                        read(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
                    }
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private void read(String text) {
        for (String document : text.split("(?m)^---")) {
            try {
                Map<String, Object> object = YAML.unmarshal(document, Map.class);
                if (object != null && object.get("spec") instanceof Map<?, ?> spec && spec.containsKey("containers")) {
                    pods.add(object);
                }
            } catch (RuntimeException e) {
                // The fuzzer's inputs often are no YAML.
            }
        }
    }

    /**
     * A pod.
     *
     * @param name its name, in the namespace tenant-b
     * @param image of all its containers
     */
    @SuppressWarnings("unchecked")
    Map<String, Object> pod(int number, String name, String node, String address, String image) {
        Random random = new Random(number);
        Map<String, Object> pod = YAML.unmarshal(YAML.asJson(pods.get(random.nextInt(pods.size()))), Map.class);
        Map<String, Object> metadata = new LinkedHashMap<>();
        if (pod.get("metadata") instanceof Map<?, ?> before && before.get("annotations") instanceof Map<?, ?> some) {
            metadata.put("annotations", new LinkedHashMap<>(some));
        } else {
            metadata.put("annotations", new LinkedHashMap<>());
        }
        ((Map<String, Object>) metadata.get("annotations")).put("alpha.wagi.krustlet.dev/default-host", address);
        Map<String, Object> spec = (Map<String, Object>) pod.get("spec");
        for (Object container : spec.get("containers") instanceof List<?> all ? all : List.of()) {
            if (container instanceof Map<?, ?> map) {
                ((Map<String, Object>) map).put("image", image);
            }
        }
        Map<String, Object> edited = new LinkedHashMap<>(Map.of("metadata", metadata, "spec", spec));
        for (int edits = random.nextInt(4); edits > 0; edits--) {
            edit(edited, random);
        }
        Map<String, Object> result = new LinkedHashMap<>(Map.of("apiVersion", "v1", "kind", "Pod"));
        if (edited.get("spec") instanceof Map<?, ?> map) {
            spec = new LinkedHashMap<>((Map<String, Object>) map);
            spec.put("nodeName", node);
            spec.put("tolerations", List.of(Map.of("operator", "Exists")));
            result.put("spec", spec);
        }
        metadata = new LinkedHashMap<>(Map.of("name", name, "namespace", "tenant-b"));
        if (edited.get("metadata") instanceof Map<?, ?> map
                && map.get("annotations") instanceof Map<?, ?> annotations) {
            metadata.put("annotations", annotations);
        }
        result.put("metadata", metadata);
        return result;
    }

    /** Goes down for a while, and changes what it finds there. */
    @SuppressWarnings("unchecked")
    private static void edit(Object in, Random random) {
        Object value = YAML.unmarshal("{\"value\": " + VALUES.get(random.nextInt(VALUES.size())) + "}", Map.class)
                .get("value");
        if (in instanceof Map<?, ?> map && !map.isEmpty()) {
            List<String> keys = map.keySet().stream().map(String::valueOf).toList();
            String key = keys.get(random.nextInt(keys.size()));
            Object child = map.get(key);
            if ((child instanceof Map<?, ?> || child instanceof List<?>) && random.nextInt(8) > 0) {
                edit(child, random);
            } else if (random.nextInt(3) == 0) {
                ((Map<String, Object>) map).put(KEYS.get(random.nextInt(KEYS.size())), value);
            } else if (random.nextInt(4) == 0) {
                ((Map<String, Object>) map).remove(key);
            } else {
                ((Map<String, Object>) map).put(key, value);
            }
        } else if (in instanceof List<?> list && !list.isEmpty()) {
            int at = random.nextInt(list.size());
            if (random.nextInt(6) == 0) {
                ((List<Object>) list).add(list.get(at));
            } else if (list.get(at) instanceof Map<?, ?> && random.nextInt(8) > 0) {
                edit(list.get(at), random);
            } else {
                ((List<Object>) list).set(at, value);
            }
        }
    }
}
