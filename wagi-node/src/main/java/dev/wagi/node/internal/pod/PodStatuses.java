// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.registration.NodeSettings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Builds the status of pods as a kubelet does. */
final class PodStatuses {

    private final NodeSettings node;

    PodStatuses(NodeSettings node) {
        this.node = node;
    }

    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Returns the status of a pod. Called with the run's lock. */
    Map<String, Object> of(PodRun run, Instant now) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("observedGeneration", run.pod.getMetadata().getGeneration());
        status.put("phase", phase(run));
        status.put("reason", run.failure);
        status.put("message", run.failure == null ? null : run.failureMessage);
        status.put("hostIP", node.address());
        status.put("hostIPs", List.of(Map.of("ip", node.address())));
        if (run.failure == null || run.admitted) {
            String address = run.address(node);
            status.put("podIP", address);
            status.put("podIPs", List.of(Map.of("ip", address)));
        }
        if (run.startedAt != null) {
            status.put("startTime", time(run.startedAt));
        }
        List<Map<String, Object>> containers = new ArrayList<>();
        if (run.failure == null || run.admitted) {
            // For a refused pod, kubectl shows the reason only if there are no container statuses.
            for (ContainerRun container : run.containers.values()) {
                containers.add(container(run, container));
            }
        }
        status.put("containerStatuses", containers);
        status.put("conditions", conditions(run, now));
        return status;
    }

    private static String phase(PodRun run) {
        if (run.failure != null) {
            return "Failed";
        }
        if (run.stopped) {
            return run.containers.values().stream().allMatch(container -> container.exitCode == 0)
                    ? "Succeeded"
                    : "Failed";
        }
        // A container that waits for its image keeps the pod pending, one that waits for a restart does not.
        boolean pending = run.containers.values().stream()
                .anyMatch(container -> !container.isRunning() && container.restarts == 0);
        return pending ? "Pending" : "Running";
    }

    private static Map<String, Object> container(PodRun run, ContainerRun container) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("name", container.name);
        status.put("image", container.spec.getImage());
        status.put("imageID", container.image == null ? "" : container.image);
        String id = "wagi://" + run.uid + "/" + container.name + "/" + container.restarts;
        if (container.startedAt != null) {
            status.put("containerID", id);
        }
        status.put("restartCount", container.restarts);
        boolean ready = container.isReady() && !run.stopping;
        status.put("ready", ready);
        status.put("started", container.isRunning() && container.started);
        if (container.finishedAt != null && container.startedAt != null) {
            Map<String, Object> terminated = new LinkedHashMap<>();
            terminated.put("exitCode", container.exitCode);
            terminated.put("reason", container.endReason);
            terminated.put("startedAt", time(container.startedAt));
            terminated.put("finishedAt", time(container.finishedAt));
            terminated.put("containerID", id);
            status.put("state", Map.of("terminated", terminated));
        } else if (run.stopped || run.failure != null) {
            // It never ran and never will.
            status.put(
                    "state",
                    Map.of(
                            "terminated",
                            Map.of(
                                    "exitCode",
                                    137,
                                    "reason",
                                    "ContainerStatusUnknown",
                                    "message",
                                    "the pod ended before the container was started")));
        } else if (container.startedAt != null) {
            status.put("state", Map.of("running", Map.of("startedAt", time(container.startedAt))));
        } else {
            Map<String, Object> waiting = new LinkedHashMap<>();
            waiting.put("reason", container.waitingReason);
            if (!container.waitingMessage.isEmpty()) {
                waiting.put("message", container.waitingMessage);
            }
            status.put("state", Map.of("waiting", waiting));
        }
        status.put("lastState", container.lastState == null ? Map.of() : container.lastState);
        return status;
    }

    private static List<Map<String, Object>> conditions(PodRun run, Instant now) {
        List<Map<String, Object>> conditions = new ArrayList<>();
        boolean terminal = run.failure != null || run.stopped;
        String terminalReason = run.failure != null ? "PodFailed" : "PodCompleted";
        add(conditions, run, "PodReadyToStartContainers", !terminal, null, null, now);
        add(conditions, run, "Initialized", true, terminal && run.failure == null ? "PodCompleted" : null, null, now);
        List<String> unready = run.containers.values().stream()
                .filter(container -> !container.isReady())
                .map(container -> container.name)
                .toList();
        boolean ready = unready.isEmpty() && !terminal && !run.stopping;
        String reason = ready ? null : terminal ? terminalReason : "ContainersNotReady";
        String message = ready || terminal || unready.isEmpty() ? null : "containers with unready status: " + unready;
        add(conditions, run, "ContainersReady", ready, reason, message, now);
        List<String> gates = ready ? closedGates(run.pod) : List.of(); // of a refused pod they may be malformed
        if (!gates.isEmpty()) {
            add(
                    conditions,
                    run,
                    "Ready",
                    false,
                    "ReadinessGatesNotReady",
                    "the status of pod readiness gate " + gates + " is not \"True\"",
                    now);
        } else {
            add(conditions, run, "Ready", ready, reason, message, now);
        }
        add(conditions, run, "PodScheduled", true, null, null, now);
        return conditions;
    }

    private static List<String> closedGates(Pod pod) {
        List<PodReadinessGate> gates = pod.getSpec().getReadinessGates();
        if (gates == null) {
            return List.of();
        }
        return gates.stream()
                .map(PodReadinessGate::getConditionType)
                .filter(type -> {
                    PodCondition condition = condition(pod, type);
                    return condition == null || !"True".equals(condition.getStatus());
                })
                .toList();
    }

    private static @Nullable PodCondition condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? null
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> type.equals(condition.getType()))
                        .findFirst()
                        .orElse(null);
    }

    private static void add(
            List<Map<String, Object>> conditions,
            PodRun run,
            String type,
            boolean isTrue,
            @Nullable String reason,
            @Nullable String message,
            Instant now) {
        String status = isTrue ? "True" : "False";
        PodCondition before = condition(run.pod, type);
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("type", type);
        condition.put("status", status);
        condition.put("reason", reason);
        condition.put("message", message);
        condition.put("observedGeneration", run.pod.getMetadata().getGeneration());
        condition.put(
                "lastTransitionTime",
                before != null && status.equals(before.getStatus()) && before.getLastTransitionTime() != null
                        ? before.getLastTransitionTime()
                        : time(now));
        conditions.add(condition);
    }

    /**
     * Whether an object contains everything that another does. Null and empty values are equal, and conditions are
     * compared by type.
     */
    static boolean covers(@Nullable Object there, @Nullable Object wanted) {
        if (wanted instanceof Map<?, ?> map) {
            if (map.isEmpty()) {
                return there == null || there instanceof Map<?, ?> other && other.isEmpty();
            }
            return there instanceof Map<?, ?> other
                    && map.entrySet().stream().allMatch(entry -> covers(other.get(entry.getKey()), entry.getValue()));
        }
        if (wanted instanceof List<?> list) {
            if (!(there instanceof List<?> other)) {
                return list.isEmpty() && there == null;
            }
            boolean typed = !list.isEmpty() && list.get(0) instanceof Map<?, ?> first && first.containsKey("type");
            if (typed) {
                return list.stream()
                        .allMatch(each -> other.stream().anyMatch(one -> sameType(one, each) && covers(one, each)));
            }
            if (list.size() != other.size()) {
                return false;
            }
            for (int i = 0; i < list.size(); i++) {
                if (!covers(other.get(i), list.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (wanted instanceof Number a && there instanceof Number b) {
            return a.longValue() == b.longValue();
        }
        if (wanted == null || "".equals(wanted)) {
            return there == null || "".equals(there);
        }
        return Objects.equals(there, wanted);
    }

    private static boolean sameType(@Nullable Object one, Object each) {
        return one instanceof Map<?, ?> a
                && each instanceof Map<?, ?> b
                && Objects.equals(a.get("type"), b.get("type"));
    }
}
