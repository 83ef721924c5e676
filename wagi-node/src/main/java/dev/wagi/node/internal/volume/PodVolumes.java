// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.registration.Capacity;
import io.fabric8.kubernetes.api.model.ConfigMapProjection;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretProjection;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Creates the volumes of pods, and keeps their content up to date. Thread-safe, except that one thread at a time works
 * on a pod.
 */
public final class PodVolumes {

    private static final String MOUNT_ERROR = "FailedMount";

    private static final Pattern ITEM_PATH = Pattern.compile(
            "(?!\\.\\.?(/|$))[^/\\\\:\\x00-\\x1f]{1,255}(/(?!\\.\\.?(/|$))[^/\\\\:\\x00-\\x1f]{1,255}){0,20}");

    private static final int TOKEN_SECONDS = 3600;

    /** Limits of a volume with content of the cluster: many times those of a ConfigMap. */
    private static final long MAX_BYTES = 64 << 20;

    private static final int MAX_FILES = 10_000;

    /** The maximum number of sources of a projected volume: each is a call of the API. */
    private static final int MAX_SOURCES = 1000;

    private final Api api;
    private final References references;
    private final Capacity capacity;
    private final List<Path> hostPaths;
    private final Clock clock;
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();

    private record Token(String text, Instant refresh) {}

    /** @param hostPaths the directories of this machine below which pods may mount */
    public PodVolumes(Api api, References references, Capacity capacity, List<Path> hostPaths, Clock clock) {
        this.api = api;
        this.references = references;
        this.capacity = capacity;
        this.hostPaths = hostPaths.stream()
                .map(path -> path.toAbsolutePath().normalize())
                .toList();
        this.clock = clock;
    }

    /**
     * Creates the volumes of a pod.
     *
     * @param directory the directory of the pod
     * @param address the address of the pod
     * @return the entry of each volume in a manifest for the host
     * @throws MissingException if an object that a volume needs is missing
     */
    public List<Map<String, Object>> make(Pod pod, Path directory, String address) throws IOException {
        List<Map<String, Object>> made = new java.util.ArrayList<>();
        for (Volume volume : volumes(pod)) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", volume.getName());
            if (volume.getEmptyDir() != null) {
                entry.put("emptyDir", emptyDir(volume.getEmptyDir()));
            } else if (volume.getHostPath() != null) {
                entry.put("hostPath", hostPath(volume.getName(), volume.getHostPath()));
            } else {
                Path content = directory.resolve("volumes").resolve(volume.getName());
                fill(content, content(references, pod, volume, address));
                entry.put("hostPath", Map.of("path", content.toString()));
            }
            made.add(entry);
        }
        return made;
    }

    /** Whether the node creates the content of a volume, so that guests must not change it. */
    public static boolean isReadOnly(Pod pod, String name) {
        return volumes(pod).stream()
                .anyMatch(volume ->
                        volume.getName().equals(name) && volume.getEmptyDir() == null && volume.getHostPath() == null);
    }

    /** Refreshes the content of the volumes. A volume whose objects are missing keeps its content. */
    public void refresh(Pod pod, Path directory, String address, References source) throws IOException {
        for (Volume volume : volumes(pod)) {
            if (volume.getEmptyDir() == null && volume.getHostPath() == null) {
                try {
                    fill(directory.resolve("volumes").resolve(volume.getName()), content(source, pod, volume, address));
                } catch (MissingException e) {
                    // The kubelet also keeps what was mounted.
                }
            }
        }
    }

    /** Removes the tokens of a pod from the cache. */
    public void forget(String uid) {
        tokens.keySet().removeIf(key -> key.startsWith(uid + "/"));
    }

    private static List<Volume> volumes(Pod pod) {
        return pod.getSpec().getVolumes() == null ? List.of() : pod.getSpec().getVolumes();
    }

    private static Map<String, Object> emptyDir(EmptyDirVolumeSource source) {
        return source.getSizeLimit() == null
                ? Map.of()
                : Map.of("sizeLimit", source.getSizeLimit().toString());
    }

    private Map<String, Object> hostPath(String name, HostPathVolumeSource source) throws IOException {
        String shown = References.shown(source.getPath());
        Path path = path(source.getPath()).normalize();
        if (!path.isAbsolute() || hostPaths.stream().noneMatch(path::startsWith)) {
            throw new MissingException(
                    MOUNT_ERROR,
                    "volume \"" + name + "\": the node does not give pods the directory " + shown
                            + "; its operator allows directories with --allow-host-path");
        }
        // A link in it may lead out of the allowed directory, so it is checked before a directory is created.
        Path there = path;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!isAllowed(there.toRealPath())) {
            throw new MissingException(
                    MOUNT_ERROR, "volume \"" + name + "\": hostPath " + shown + " is a link to what is not allowed");
        }
        if ("DirectoryOrCreate".equals(source.getType())) {
            Files.createDirectories(path);
        }
        if (!Files.isDirectory(path) || !isAllowed(path.toRealPath())) {
            throw new MissingException(
                    MOUNT_ERROR, "volume \"" + name + "\": hostPath " + shown + " is not a directory");
        }
        return Map.of("path", path.toRealPath().toString());
    }

    private static Path path(@Nullable String text) {
        try {
            return Path.of(text == null ? "" : text);
        } catch (InvalidPathException e) {
            return Path.of(""); // never allowed
        }
    }

    private boolean isAllowed(Path real) throws IOException {
        boolean allowed = false;
        for (Path root : hostPaths) {
            allowed |= Files.isDirectory(root) && real.startsWith(root.toRealPath());
        }
        return allowed;
    }

    private Map<String, byte[]> content(References source, Pod pod, Volume volume, String address) {
        Map<String, byte[]> files = new TreeMap<>();
        if (volume.getConfigMap() != null) {
            add(
                    files,
                    source,
                    pod,
                    volume.getName(),
                    References.CONFIG_MAP,
                    volume.getConfigMap().getName(),
                    volume.getConfigMap().getItems(),
                    volume.getConfigMap().getOptional());
        } else if (volume.getSecret() != null) {
            add(
                    files,
                    source,
                    pod,
                    volume.getName(),
                    References.SECRET,
                    volume.getSecret().getSecretName(),
                    volume.getSecret().getItems(),
                    volume.getSecret().getOptional());
        } else if (volume.getDownwardAPI() != null) {
            downward(files, pod, volume.getName(), volume.getDownwardAPI().getItems(), address);
        } else if (volume.getProjected() != null && volume.getProjected().getSources() != null) {
            if (volume.getProjected().getSources().size() > MAX_SOURCES) {
                throw new MissingException(
                        MOUNT_ERROR,
                        "volume \"" + volume.getName() + "\" has more than " + MAX_SOURCES + " sources; use fewer");
            }
            for (VolumeProjection projection : volume.getProjected().getSources()) {
                projected(files, source, pod, volume.getName(), projection, address);
            }
        }
        check(volume.getName(), files);
        return files;
    }

    /**
     * Checks the size and the paths of a volume: few ConfigMaps make a large one if their keys are named many times.
     */
    private static void check(String volume, Map<String, byte[]> files) {
        long bytes = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            bytes += file.getValue().length;
            for (int slash = file.getKey().lastIndexOf('/');
                    slash > 0;
                    slash = file.getKey().lastIndexOf('/', slash - 1)) {
                if (files.containsKey(file.getKey().substring(0, slash))) {
                    throw new MissingException(
                            MOUNT_ERROR,
                            "volume \"" + volume + "\": a path of its items is both a file and a directory");
                }
            }
        }
        if (bytes > MAX_BYTES) {
            throw new MissingException(
                    MOUNT_ERROR, "volume \"" + volume + "\" has more than " + MAX_BYTES + " bytes; use fewer items");
        }
    }

    private void projected(
            Map<String, byte[]> files,
            References from,
            Pod pod,
            String volume,
            VolumeProjection source,
            String address) {
        ConfigMapProjection map = source.getConfigMap();
        if (map != null) {
            add(files, from, pod, volume, References.CONFIG_MAP, map.getName(), map.getItems(), map.getOptional());
        }
        SecretProjection secret = source.getSecret();
        if (secret != null) {
            add(files, from, pod, volume, References.SECRET, secret.getName(), secret.getItems(), secret.getOptional());
        }
        if (source.getDownwardAPI() != null) {
            downward(files, pod, volume, source.getDownwardAPI().getItems(), address);
        }
        ServiceAccountTokenProjection token = source.getServiceAccountToken();
        if (token != null) {
            check(volume, token.getPath()); // before it is asked for
            put(files, volume, token.getPath(), token(pod, volume, token).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void add(
            Map<String, byte[]> files,
            References source,
            Pod pod,
            String volume,
            String kind,
            @Nullable String name,
            @Nullable List<KeyToPath> items,
            @Nullable Boolean optional) {
        boolean required = !Boolean.TRUE.equals(optional);
        Map<String, byte[]> data = name == null
                ? null
                : source.data(kind, pod.getMetadata().getNamespace(), name).orElse(null);
        String what = (kind.equals(References.SECRET) ? "secret \"" : "configmap \"") + References.shown(name) + "\"";
        if (data == null) {
            if (required) {
                throw new MissingException(
                        MOUNT_ERROR, "MountVolume.SetUp failed for volume \"" + volume + "\" : " + what + " not found");
            }
            return;
        }
        if (items == null || items.isEmpty()) {
            data.forEach((key, content) -> put(files, volume, key, content));
            return;
        }
        for (KeyToPath item : items) {
            byte[] content = data.get(item.getKey());
            if (content != null) {
                put(files, volume, item.getPath(), content);
            } else if (required) {
                throw new MissingException(
                        MOUNT_ERROR,
                        "MountVolume.SetUp failed for volume \"" + volume + "\" : " + what + " has no key \""
                                + References.shown(item.getKey()) + "\"");
            }
        }
    }

    private void downward(
            Map<String, byte[]> files,
            Pod pod,
            String volume,
            @Nullable List<DownwardAPIVolumeFile> items,
            String address) {
        if (items == null) {
            return;
        }
        for (DownwardAPIVolumeFile item : items) {
            String value = item.getFieldRef() != null
                    ? PodFields.field(pod, address, item.getFieldRef().getFieldPath())
                            .orElse(null)
                    : item.getResourceFieldRef() != null
                            ? PodFields.resource(pod, item.getResourceFieldRef(), capacity)
                                    .orElse(null)
                            : null;
            if (value == null) {
                throw new MissingException(
                        MOUNT_ERROR,
                        "MountVolume.SetUp failed for volume \"" + volume + "\" : the field for "
                                + References.shown(item.getPath())
                                + " is unknown");
            }
            put(files, volume, item.getPath(), value.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void check(String volume, @Nullable String path) {
        if (path == null || !ITEM_PATH.matcher(path).matches()) {
            throw new MissingException(
                    MOUNT_ERROR, "volume \"" + volume + "\": a path of its items leads out of it, or is malformed");
        }
    }

    private static void put(Map<String, byte[]> files, String volume, String path, byte[] content) {
        check(volume, path);
        files.put(path, content);
        if (files.size() > MAX_FILES) {
            throw new MissingException(
                    MOUNT_ERROR, "volume \"" + volume + "\" has more than " + MAX_FILES + " files; use fewer items");
        }
    }

    /** Returns a token, which is renewed after four fifths of its lifetime, as a kubelet does. */
    private String token(Pod pod, String volume, ServiceAccountTokenProjection source) {
        String uid = pod.getMetadata().getUid();
        String key = uid + "/" + volume + "/" + source.getPath();
        Token token = tokens.get(key);
        Instant now = clock.instant();
        if (token != null && token.refresh().isAfter(now)) {
            return token.text();
        }
        long seconds = source.getExpirationSeconds() == null ? TOKEN_SECONDS : source.getExpirationSeconds();
        Map<String, Object> spec = new LinkedHashMap<>();
        // The request must match the volume exactly; otherwise the node is not authorized.
        spec.put(
                "audiences",
                source.getAudience() == null || source.getAudience().isEmpty()
                        ? List.of()
                        : List.of(source.getAudience()));
        spec.put("expirationSeconds", seconds);
        spec.put(
                "boundObjectRef",
                Map.of(
                        "apiVersion",
                        "v1",
                        "kind",
                        "Pod",
                        "name",
                        pod.getMetadata().getName(),
                        "uid",
                        uid));
        String account = pod.getSpec().getServiceAccountName() == null
                ? "default"
                : pod.getSpec().getServiceAccountName();
        TokenRequest made = api.post(
                "/api/v1/namespaces/" + pod.getMetadata().getNamespace() + "/serviceaccounts/" + account + "/token",
                Map.of("apiVersion", "authentication.k8s.io/v1", "kind", "TokenRequest", "spec", spec),
                TokenRequest.class);
        Token fresh = new Token(made.getStatus().getToken(), now.plus(Duration.ofSeconds(seconds * 4 / 5)));
        tokens.put(key, fresh);
        return fresh.text();
    }

    /** Makes a directory contain exactly these files; each file changes atomically. */
    private static void fill(Path directory, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            if (Files.isRegularFile(path) && Arrays.equals(Files.readAllBytes(path), file.getValue())) {
                continue;
            }
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            Path part = Files.createTempFile(directory, ".part", "");
            Files.write(part, file.getValue());
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        try (Stream<Path> there = Files.walk(directory)) {
            List<Path> stale = there.filter(Files::isRegularFile)
                    .filter(path -> !files.containsKey(
                            directory.relativize(path).toString().replace('\\', '/')))
                    .toList();
            for (Path path : stale) {
                Files.deleteIfExists(path);
            }
        }
    }
}
