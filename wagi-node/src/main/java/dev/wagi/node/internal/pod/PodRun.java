// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.log.ContainerLog;
import dev.wagi.node.internal.registration.NodeSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The state of a pod on this node, guarded by this object. */
final class PodRun {

    private static final int DEFAULT_GRACE_SECONDS = 30;

    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "([.]" + BYTE + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    final String uid;
    final Path directory;
    final Map<String, ContainerRun> containers = new LinkedHashMap<>();

    Pod pod;

    @Nullable
    Instant startedAt;

    final Admission.@Nullable Refusal refusal;

    boolean admitted;

    /** The reason why the pod as a whole failed; null if it did not. */
    @Nullable
    String failure;

    String failureMessage = "";

    /** Whether a background task is loading modules. */
    boolean starting;

    /** Whether what is served is out of date. */
    boolean stale;

    boolean waitsForAddress;

    /** Whether the pod is ending; nothing new is started. */
    boolean stopping;

    /** Whether nothing of the pod is served any more. */
    boolean stopped;

    /** Whether this node deleted the pod's object. */
    boolean deleted;

    boolean filesGone;
    long revision;

    @Nullable
    String servedAt;

    /** The address that the pod asks for; null if the node does not take it. */
    @Nullable
    AddressClaim claim;

    /**
     * The {@code resourceVersion} of the pod as it is known here. {@link #pod} is the watch's own object, in which it
     * must not change.
     */
    @Nullable
    String version;

    /** Since when what the pod's containers refer to is forbidden; null if it is not. */
    @Nullable
    Instant forbiddenSince;

    /** The last status that was sent, and the API's response. */
    @Nullable
    Map<String, Object> sent;

    @Nullable
    Map<?, ?> answered;

    /** @param refusal why the node does not take it; null if it does */
    PodRun(Pod pod, Path directory, Clock clock, Admission.@Nullable Refusal refusal) {
        this.uid = pod.getMetadata().getUid();
        this.directory = directory;
        this.pod = pod;
        this.version = pod.getMetadata().getResourceVersion();
        this.refusal = refusal;
        if (refusal != null) {
            return; // nothing in it can be relied on, not even names
        }
        for (Container container : pod.getSpec().getContainers()) {
            ContainerRun run = new ContainerRun(
                    container, new ContainerLog(directory.resolve("logs"), container.getName(), clock));
            containers.put(container.getName(), run);
        }
        if (pod.getStatus() != null && pod.getStatus().getContainerStatuses() != null) {
            pod.getStatus().getContainerStatuses().forEach(status -> takeOver(status, clock.instant()));
        }
    }

    /** Continues the counters of an earlier run of the node. */
    private void takeOver(ContainerStatus status, Instant now) {
        ContainerRun run = containers.get(status.getName());
        if (run == null) {
            return;
        }
        run.restarts = status.getRestartCount() == null ? 0 : status.getRestartCount();
        if (status.getState() != null && status.getState().getRunning() != null) {
            run.restarts++;
            run.log.restart();
            Map<String, Object> terminated = new LinkedHashMap<>();
            terminated.put("exitCode", 0);
            terminated.put("reason", "NodeRestarted");
            terminated.put("message", "the node was stopped and started again");
            terminated.put("startedAt", status.getState().getRunning().getStartedAt());
            terminated.put("finishedAt", PodStatuses.time(now));
            terminated.put("containerID", status.getContainerID());
            run.lastState = Map.of("terminated", terminated);
        }
    }

    /** Updates the pod. Its images and annotations may have changed. */
    void update(Pod latest, Instant now) {
        Pod before = pod;
        pod = latest;
        version = latest.getMetadata().getResourceVersion();
        if (claim != null) {
            claim = claim.update(directory, PodAnnotations.of(latest).address(latest), now);
        }
        // Of one that was refused there are none.
        for (Container container : latest.getSpec().getContainers()) {
            ContainerRun run = containers.get(container.getName());
            if (run == null) {
                continue;
            }
            boolean changed = !Objects.equals(run.spec.getImage(), container.getImage());
            run.spec = container;
            if (changed) {
                run.image = null;
                run.pulls.reset();
                run.starts.reset();
                run.waiting("ContainerCreating", "");
                stale = true;
            }
        }
        stale |= !PodAnnotations.of(before).equals(PodAnnotations.of(latest));
    }

    String name() {
        return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    }

    boolean isDeleting() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    /** Returns the time that requests in flight have when the pod ends. */
    Duration grace() {
        Long seconds = pod.getMetadata().getDeletionGracePeriodSeconds() != null
                ? pod.getMetadata().getDeletionGracePeriodSeconds()
                : pod.getSpec().getTerminationGracePeriodSeconds();
        return Duration.ofSeconds(seconds == null ? DEFAULT_GRACE_SECONDS : Math.max(0, seconds));
    }

    /**
     * Returns the family of the pod, whose members take over routes from each other: replicas of one Deployment or
     * other controller, of which a node may have several during an update.
     */
    String family() {
        if (pod.getMetadata().getOwnerReferences() == null) {
            return uid;
        }
        for (OwnerReference owner : pod.getMetadata().getOwnerReferences()) {
            if (Boolean.TRUE.equals(owner.getController())) {
                Map<String, String> labels = pod.getMetadata().getLabels();
                String hash = labels == null ? null : labels.get("pod-template-hash");
                String name = owner.getName();
                if (owner.getKind().equals("ReplicaSet") && hash != null && name.endsWith("-" + hash)) {
                    name = name.substring(0, name.length() - hash.length() - 1);
                }
                return pod.getMetadata().getNamespace() + "/" + owner.getKind() + "/" + name;
            }
        }
        return uid;
    }

    /** Returns the pod's address: the node's, unless its annotation names one. */
    String address(NodeSettings node) {
        String host = PodAnnotations.of(pod).defaultHost();
        if (host == null) {
            return node.address();
        }
        String name = host.replaceFirst(":[0-9]*$", "").replaceFirst("^\\[(.*)]$", "$1");
        return isSpecific(name) ? name : node.address();
    }

    /** Only what the API server takes as an address of a pod: it refuses a status with another one. */
    private static boolean isSpecific(String address) {
        if (!IPV4.matcher(address).matches() && !IPV6.matcher(address).matches()) {
            return false;
        }
        try {
            InetAddress ip = InetAddress.getByName(address); // with a colon or four numbers it is never looked up
            return !ip.isAnyLocalAddress()
                    && !ip.isLoopbackAddress()
                    && ip instanceof Inet6Address == (address.indexOf(':') >= 0);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    boolean isRunning() {
        return containers.values().stream().anyMatch(ContainerRun::isRunning);
    }
}
