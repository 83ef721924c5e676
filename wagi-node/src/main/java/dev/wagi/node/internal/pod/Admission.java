// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.registration.NodeSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which pods the node accepts. The status of a refused pod gives the reason. It is not retried, because the
 * relevant fields of a pod do not change.
 */
final class Admission {

    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    /** The supported types of volumes. */
    private static final Set<String> VOLUMES =
            Set.of("configMap", "secret", "downwardAPI", "projected", "emptyDir", "hostPath");

    private static final Set<String> RESOURCES = Set.of("cpu", "memory", "ephemeral-storage", "pods");

    /** Names become names of directories, and of modules in logs. The API server checks them, too. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    /** Each has files, a route and a pull. */
    private static final int MAX_CONTAINERS = 100;

    /** Each is a call of the API, for each pull. */
    private static final int MAX_PULL_SECRETS = 100;

    private static final int LONGEST_MESSAGE = 2000;

    private Admission() {}

    /** The reason why a pod is refused. */
    record Refusal(String reason, String message) {}

    /**
     * Checks a pod; returns empty if it is accepted.
     *
     * @param json the pod's JSON, in which nothing may be null: what is not set is not there, so a null is in a list or
     *     a map, where no API server lets one through and nobody here expects one
     */
    static Optional<Refusal> check(Pod pod, Supplier<? extends Map<?, ?>> json) {
        try {
            Optional<String> place = findNull("", json.get());
            if (place.isPresent()) {
                return Optional.of(malformed(cut(place.get()) + " is null"));
            }
            return check(pod);
        } catch (RuntimeException e) {
            LOG.warn("the pod {} cannot be judged", pod.getMetadata().getUid(), e);
            return Optional.of(malformed("it is not one of Kubernetes"));
        }
    }

    private static Refusal malformed(String what) {
        return new Refusal("UnsupportedPodSpec", "the pod is malformed: " + what);
    }

    private static Optional<String> findNull(String place, @Nullable Object value) {
        if (value == null) {
            return Optional.of(place);
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> findNull(
                            place.isEmpty() ? "" + entry.getKey() : place + "." + entry.getKey(), entry.getValue()))
                    .flatMap(Optional::stream)
                    .findFirst();
        }
        if (value instanceof List<?> list) {
            return IntStream.range(0, list.size())
                    .mapToObj(i -> findNull(place + "[" + i + "]", list.get(i)))
                    .flatMap(Optional::stream)
                    .findFirst();
        }
        return Optional.empty();
    }

    /** Checks a pod without nulls in its lists and maps. */
    static Optional<Refusal> check(Pod pod) {
        PodSpec spec = pod.getSpec();
        if (spec == null || isEmpty(spec.getContainers())) {
            return Optional.of(malformed("it has no containers"));
        }
        if (isForEveryNode(pod)) {
            return Optional.of(new Refusal(
                    "NodeAffinity",
                    "this node runs WebAssembly modules only; give the DaemonSet the nodeSelector kubernetes.io/os:"
                            + " linux to"
                            + " keep it away, or " + NodeSettings.ARCHITECTURE_LABEL + ": " + NodeSettings.ARCHITECTURE
                            + " if its images are modules"));
        }
        if (!areNames(pod)) {
            return Optional.of(new Refusal(
                    "UnsupportedPodSpec",
                    "the name of the pod, of a container or of a volume is malformed; use lower-case"
                            + " letters, digits, '-' and '.'"));
        }
        if (spec.getContainers().stream().map(Container::getName).distinct().count()
                < spec.getContainers().size()) {
            return Optional.of(malformed("two containers have the same name"));
        }
        if (spec.getContainers().size() > MAX_CONTAINERS) {
            return Optional.of(new Refusal(
                    "UnsupportedPodSpec",
                    "the pod has more than " + MAX_CONTAINERS + " containers; split it into several pods"));
        }
        Set<String> problems = new TreeSet<>();
        if (spec.getImagePullSecrets() != null && spec.getImagePullSecrets().size() > MAX_PULL_SECRETS) {
            problems.add("the pod has more than " + MAX_PULL_SECRETS
                    + " imagePullSecrets; put the credentials of several registries into one Secret");
        }
        if (!isEmpty(spec.getInitContainers())) {
            problems.add("initContainers are not run by WAGI nodes; do their work when the image is built");
        }
        if (Boolean.TRUE.equals(spec.getHostPID()) || Boolean.TRUE.equals(spec.getHostIPC())) {
            problems.add("hostPID and hostIPC mean nothing to modules; remove them");
        }
        if (spec.getVolumes() != null) {
            spec.getVolumes().forEach(volume -> volume(volume, problems));
        }
        if (spec.getReadinessGates() != null
                && spec.getReadinessGates().stream().anyMatch(gate -> gate.getConditionType() == null)) {
            problems.add("a readinessGate has no conditionType; name one, or remove the gate");
        }
        for (Container container : spec.getContainers()) {
            container(container, problems);
        }
        return problems.isEmpty()
                ? Optional.empty()
                : Optional.of(new Refusal("UnsupportedPodSpec", cut(String.join("; ", problems))));
    }

    /** Returns a message, cut to the length that a status may have. */
    static String cut(String text) {
        return text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "..." : text;
    }

    private static boolean areNames(Pod pod) {
        Stream<@Nullable String> volumes = pod.getSpec().getVolumes() == null
                ? Stream.of()
                : pod.getSpec().getVolumes().stream().map(Volume::getName);
        Stream<@Nullable String> containers =
                pod.getSpec().getContainers().stream().map(Container::getName);
        Stream<@Nullable String> own =
                Stream.of(pod.getMetadata().getName(), pod.getMetadata().getNamespace());
        return Stream.of(volumes, containers, own)
                .flatMap(all -> all)
                .allMatch(name -> name != null
                        && !name.contains("..")
                        && NAME.matcher(name).matches());
    }

    /**
     * Whether a pod belongs to a DaemonSet that tolerates all taints and selects no nodes, so that it is on this node
     * by accident.
     */
    private static boolean isForEveryNode(Pod pod) {
        boolean daemon = pod.getMetadata().getOwnerReferences() != null
                && pod.getMetadata().getOwnerReferences().stream()
                        .map(OwnerReference::getKind)
                        .anyMatch("DaemonSet"::equals);
        PodSpec spec = pod.getSpec();
        boolean tolerant = spec.getTolerations() != null
                && spec.getTolerations().stream()
                        .anyMatch(toleration -> toleration.getKey() == null
                                || toleration.getKey().isEmpty());
        Map<String, String> selector = spec.getNodeSelector();
        boolean meant = selector != null && selector.containsKey(NodeSettings.ARCHITECTURE_LABEL)
                || spec.getRuntimeClassName() != null
                || PodAnnotations.of(pod).isWagi();
        return daemon && tolerant && !meant;
    }

    private static void volume(Volume volume, Set<String> problems) {
        boolean known = Stream.of(
                        volume.getConfigMap(),
                        volume.getSecret(),
                        volume.getDownwardAPI(),
                        volume.getProjected(),
                        volume.getEmptyDir(),
                        volume.getHostPath())
                .anyMatch(source -> source != null);
        if (!known) {
            problems.add("the volume " + volume.getName() + " is of a kind that WAGI nodes do not have; they have "
                    + String.join(", ", new TreeSet<>(VOLUMES)));
        }
        if (volume.getProjected() != null && volume.getProjected().getSources() != null) {
            volume.getProjected().getSources().forEach(source -> {
                if (source.getClusterTrustBundle() != null || source.getPodCertificate() != null) {
                    problems.add("the volume " + volume.getName()
                            + " projects what WAGI nodes do not have: a trust bundle or a certificate");
                }
            });
        }
    }

    private static void container(Container container, Set<String> problems) {
        String place = "container " + container.getName();
        if (container.getSecurityContext() != null
                && Boolean.TRUE.equals(container.getSecurityContext().getPrivileged())) {
            problems.add(place + " is privileged, and a module never is; remove privileged");
        }
        if (!isEmpty(container.getVolumeDevices())) {
            problems.add(place + " has volumeDevices, and modules have no devices; remove them");
        }
        if (container.getVolumeMounts() != null) {
            for (VolumeMount mount : container.getVolumeMounts()) {
                if (!isSet(mount.getName()) || !isSet(mount.getMountPath())) {
                    problems.add(place + " has a volumeMount without name or mountPath; write both");
                }
                if (isSet(mount.getSubPath()) || isSet(mount.getSubPathExpr())) {
                    problems.add(place + " mounts a subPath of " + mount.getName()
                            + ", and modules see whole volumes; name items of the volume instead");
                }
            }
        }
        if (container.getResources() != null && container.getResources().getLimits() != null) {
            container.getResources().getLimits().keySet().stream()
                    .filter(name -> !RESOURCES.contains(name))
                    .forEach(name ->
                            problems.add(place + " asks for " + name + ", which WAGI nodes do not have; remove it"));
        }
        probe(place, "livenessProbe", container.getLivenessProbe(), problems);
        probe(place, "readinessProbe", container.getReadinessProbe(), problems);
        probe(place, "startupProbe", container.getStartupProbe(), problems);
        Lifecycle lifecycle = container.getLifecycle();
        if (lifecycle != null) {
            hook(place, lifecycle.getPostStart(), problems);
            hook(place, lifecycle.getPreStop(), problems);
        }
    }

    private static void probe(String place, String name, @Nullable Probe probe, Set<String> problems) {
        if (probe != null && (probe.getExec() != null || probe.getGrpc() != null)) {
            problems.add(place + " has a " + name + " of a kind that modules cannot answer; use httpGet or tcpSocket");
        }
    }

    private static void hook(String place, @Nullable LifecycleHandler hook, Set<String> problems) {
        if (hook != null && (hook.getExec() != null || hook.getHttpGet() != null || hook.getTcpSocket() != null)) {
            problems.add(place + " has lifecycle hooks, and modules are not processes; remove them");
        }
    }

    private static boolean isEmpty(@Nullable List<?> list) {
        return list == null || list.isEmpty();
    }

    private static boolean isSet(@Nullable String text) {
        return text != null && !text.isEmpty();
    }
}
