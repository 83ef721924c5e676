// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.ApiException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ConfigMaps and Secrets that pods refer to. They are read by name, because a node may not list them, and
 * always in the namespace of the pod. Thread-safe.
 */
public final class References {

    static final String CONFIG_MAP = "ConfigMap";
    static final String SECRET = "Secret";

    /** The name of a ConfigMap or a Secret. The API server does not check the names that pods refer to. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    /** The maximum number of objects that a container's variables refer to. */
    private static final int MAX_REFERENCES = 1000;

    /** The maximum size of their content: more than all variables may have. */
    private static final int MAX_BYTES = 2 << 20;

    private static final int LONGEST_SHOWN = 100;

    private static final String CONFIG_ERROR = "CreateContainerConfigError";

    private final Api api;
    private final @Nullable Map<String, Optional<Map<String, byte[]>>> read;

    /** Creates a reader that uses an API. */
    public References(Api api) {
        this(api, null);
    }

    private References(Api api, @Nullable Map<String, Optional<Map<String, byte[]>>> read) {
        this.api = api;
        this.read = read;
    }

    /**
     * Returns a reader that reads each object only once, because the pods of a namespace share most of them. For one
     * thread.
     */
    public References once() {
        return new References(api, new HashMap<>());
    }

    /** Returns the content of a ConfigMap or a Secret by key. */
    Optional<Map<String, byte[]>> data(String kind, String namespace, String name) {
        return read == null
                ? fetch(kind, namespace, name)
                : read.computeIfAbsent(String.join("/", kind, namespace, name), any -> fetch(kind, namespace, name));
    }

    private Optional<Map<String, byte[]>> fetch(String kind, String namespace, String name) {
        if (!NAME.matcher(name).matches() || name.contains("..")) {
            return Optional.empty();
        }
        String path = "/api/v1/namespaces/" + namespace + (kind.equals(SECRET) ? "/secrets/" : "/configmaps/") + name;
        try {
            Map<String, byte[]> data = new LinkedHashMap<>();
            if (kind.equals(SECRET)) {
                decode(api.get(path, Secret.class).getData(), data);
            } else {
                ConfigMap map = api.get(path, ConfigMap.class);
                if (map.getData() != null) {
                    map.getData().forEach((key, text) -> data.put(key, text.getBytes(StandardCharsets.UTF_8)));
                }
                decode(map.getBinaryData(), data);
            }
            return Optional.of(data);
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void decode(@Nullable Map<String, String> from, Map<String, byte[]> to) {
        if (from != null) {
            from.forEach((key, text) -> to.put(key, Base64.getDecoder().decode(text)));
        }
    }

    /**
     * The credentials of a pod's imagePullSecrets.
     *
     * @param texts in the format of Docker's config.json
     * @param missing the names of Secrets that are missing, or hold no credentials
     */
    public record PullSecrets(List<String> texts, List<String> missing) {

        /** Returns the number of secrets, but not the secrets. */
        @Override
        public String toString() {
            return "PullSecrets[" + texts.size() + "]";
        }
    }

    /** Returns the credentials of a pod's imagePullSecrets. */
    public PullSecrets pullSecrets(Pod pod) {
        List<String> texts = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<LocalObjectReference> names = pod.getSpec().getImagePullSecrets();
        if (names == null) {
            return new PullSecrets(texts, missing);
        }
        for (LocalObjectReference name : names) {
            if (name.getName() == null) {
                continue;
            }
            byte[] content = data(SECRET, pod.getMetadata().getNamespace(), name.getName())
                    .map(data -> data.getOrDefault(".dockerconfigjson", data.get(".dockercfg")))
                    .orElse(null);
            if (content == null) {
                missing.add(shown(name.getName()));
            } else {
                texts.add(new String(content, StandardCharsets.UTF_8));
            }
        }
        return new PullSecrets(texts, missing);
    }

    /**
     * Returns the objects that the variables of a container refer to, for a manifest.
     *
     * @param namespace the namespace of the returned objects
     * @throws MissingException if an object is missing and not optional
     */
    public Map<String, Map<String, Object>> environment(Pod pod, Container container, String namespace) {
        Found objects = new Found();
        if (container.getEnvFrom() != null) {
            if (container.getEnvFrom().size() > MAX_REFERENCES) {
                throw tooMany();
            }
            for (EnvFromSource source : container.getEnvFrom()) {
                if (source.getConfigMapRef() != null) {
                    add(
                            objects,
                            pod,
                            CONFIG_MAP,
                            source.getConfigMapRef().getName(),
                            source.getConfigMapRef().getOptional(),
                            null,
                            namespace);
                }
                if (source.getSecretRef() != null) {
                    add(
                            objects,
                            pod,
                            SECRET,
                            source.getSecretRef().getName(),
                            source.getSecretRef().getOptional(),
                            null,
                            namespace);
                }
            }
        }
        if (container.getEnv() != null) {
            for (EnvVar variable : container.getEnv()) {
                EnvVarSource from = variable.getValueFrom();
                if (from != null && from.getConfigMapKeyRef() != null) {
                    add(
                            objects,
                            pod,
                            CONFIG_MAP,
                            from.getConfigMapKeyRef().getName(),
                            from.getConfigMapKeyRef().getOptional(),
                            from.getConfigMapKeyRef().getKey(),
                            namespace);
                }
                if (from != null && from.getSecretKeyRef() != null) {
                    add(
                            objects,
                            pod,
                            SECRET,
                            from.getSecretKeyRef().getName(),
                            from.getSecretKeyRef().getOptional(),
                            from.getSecretKeyRef().getKey(),
                            namespace);
                }
            }
        }
        return objects.objects;
    }

    /** The objects that a container's variables refer to. */
    private static final class Found {
        private final Map<String, Map<String, Object>> objects = new LinkedHashMap<>();
        private final Map<String, Optional<Map<String, byte[]>>> looked = new HashMap<>();
        private long bytes;
    }

    private static MissingException tooMany() {
        return new MissingException(
                CONFIG_ERROR,
                "the variables refer to more than " + MAX_REFERENCES + " ConfigMaps and Secrets; use fewer");
    }

    private Optional<Map<String, byte[]>> look(Found found, String kind, String namespace, String name) {
        String key = kind + "/" + name;
        Optional<Map<String, byte[]>> data = found.looked.get(key);
        if (data == null) {
            if (found.looked.size() >= MAX_REFERENCES) {
                throw tooMany();
            }
            data = data(kind, namespace, name);
            found.looked.put(key, data);
            for (byte[] value : data.orElse(Map.of()).values()) {
                found.bytes += value.length;
            }
            if (found.bytes > MAX_BYTES) {
                throw new MissingException(
                        CONFIG_ERROR,
                        "the ConfigMaps and Secrets that the variables refer to are larger than " + MAX_BYTES
                                + " bytes together; use a volume");
            }
        }
        return data;
    }

    private void add(
            Found objects,
            Pod pod,
            String kind,
            @Nullable String name,
            @Nullable Boolean optional,
            @Nullable String key,
            String namespace) {
        String own = pod.getMetadata().getNamespace();
        String named = name == null ? "" : name;
        Map<String, byte[]> data = look(objects, kind, own, named).orElse(null);
        boolean required = !Boolean.TRUE.equals(optional);
        if (data == null) {
            if (required) {
                throw new MissingException(
                        CONFIG_ERROR,
                        (kind.equals(SECRET) ? "secret \"" : "configmap \"") + shown(named) + "\" not found");
            }
            return;
        }
        if (key != null && !data.containsKey(key) && required) {
            throw new MissingException(
                    CONFIG_ERROR, "couldn't find key " + shown(key) + " in " + kind + " " + own + "/" + named);
        }
        if (objects.objects.containsKey(kind + "/" + named)) {
            return;
        }
        Map<String, String> encoded = new LinkedHashMap<>();
        data.forEach((each, bytes) -> encoded.put(each, Base64.getEncoder().encodeToString(bytes)));
        objects.objects.put(
                kind + "/" + named,
                Map.of(
                        "apiVersion",
                        "v1",
                        "kind",
                        kind,
                        "metadata",
                        Map.of("name", named, "namespace", namespace),
                        kind.equals(SECRET) ? "data" : "binaryData",
                        encoded));
    }

    /** Returns text of a pod's author as a message may show it: cut, and without control characters. */
    public static String shown(@Nullable String text) {
        String all = text == null ? "" : text;
        String some = all.length() > LONGEST_SHOWN ? all.substring(0, LONGEST_SHOWN) + "..." : all;
        return some.replaceAll("\\p{C}", "?");
    }
}
