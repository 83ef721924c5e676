// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.registration;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Builds the Node object. Immutable. */
final class NodeObject {

    private static final List<String> TAINT_EFFECTS = List.of("NoExecute", "NoSchedule");

    private final NodeSettings settings;
    private final Capacity capacity;
    private final String version;
    private final String bootId;

    NodeObject(NodeSettings settings, Capacity capacity, String version, String bootId) {
        this.settings = settings;
        this.capacity = capacity;
        this.version = version;
        this.bootId = bootId;
    }

    /** Returns the object to create, without a status, which the API server would drop. */
    Map<String, Object> create() {
        return Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Node",
                "metadata",
                Map.of(
                        "name",
                        settings.name(),
                        "labels",
                        settings.allLabels(),
                        "annotations",
                        Map.of("volumes.kubernetes.io/controller-managed-attach-detach", "true")),
                "spec",
                Map.of("taints", taints()));
    }

    static List<Map<String, Object>> taints() {
        return TAINT_EFFECTS.stream()
                .map(effect -> Map.<String, Object>of(
                        "key", NodeSettings.ARCHITECTURE_LABEL, "value", NodeSettings.ARCHITECTURE, "effect", effect))
                .toList();
    }

    /** Returns the taints that an object lacks, for example {@code kubernetes.io/arch=wasm32-wagi:NoExecute}. */
    static List<String> missingTaints(Node node) {
        List<String> missing = new ArrayList<>();
        for (String effect : TAINT_EFFECTS) {
            boolean there = node.getSpec() != null
                    && node.getSpec().getTaints() != null
                    && node.getSpec().getTaints().stream()
                            .anyMatch(taint -> NodeSettings.ARCHITECTURE_LABEL.equals(taint.getKey())
                                    && NodeSettings.ARCHITECTURE.equals(taint.getValue())
                                    && effect.equals(taint.getEffect()));
            if (!there) {
                missing.add(NodeSettings.ARCHITECTURE_LABEL + "=" + NodeSettings.ARCHITECTURE + ":" + effect);
            }
        }
        return missing;
    }

    /** Returns the labels that an object lacks or has with other values. */
    Map<String, String> missingLabels(Node node) {
        Map<String, String> missing = new LinkedHashMap<>();
        Map<String, String> there = node.getMetadata().getLabels();
        settings.allLabels().forEach((key, value) -> {
            if (there == null || !value.equals(there.get(key))) {
                missing.put(key, value);
            }
        });
        return missing;
    }

    /**
     * Returns the status.
     *
     * @param known the object as the API has it; an unchanged condition keeps its transition time
     * @param ready whether the node accepts pods
     * @param diskFull whether the disk is almost full
     * @param now the time of the heartbeat
     */
    Map<String, Object> status(@Nullable Node known, Readiness ready, boolean diskFull, Instant now) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("capacity", capacity.total());
        status.put("allocatable", capacity.allocatable());
        List<Map<String, Object>> conditions = new ArrayList<>();
        conditions.add(condition(
                known, "MemoryPressure", "False", "KubeletHasSufficientMemory", "half of the heap is for guests", now));
        conditions.add(
                condition(known, "DiskPressure", "False", "KubeletHasNoDiskPressure", "the node's disk has room", now));
        conditions.add(
                condition(known, "PIDPressure", "False", "KubeletHasSufficientPID", "modules start no processes", now));
        conditions.add(condition(
                known, "NetworkUnavailable", "False", "HostNetwork", "pods have the node's own network", now));
        conditions.add(
                condition(known, "Ready", ready.isReady() ? "True" : "False", ready.reason(), ready.message(), now));
        status.put("conditions", conditions);
        List<Map<String, Object>> addresses = new ArrayList<>();
        addresses.add(Map.of("$patch", "replace")); // else a list of two addresses of one type could not shrink
        addresses.add(Map.of("type", "InternalIP", "address", settings.address()));
        addresses.add(Map.of("type", "Hostname", "address", settings.name()));
        status.put("addresses", addresses);
        status.put("daemonEndpoints", Map.of("kubeletEndpoint", Map.of("Port", settings.port())));
        status.put("nodeInfo", nodeInfo());
        return status;
    }

    private Map<String, Object> nodeInfo() {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("architecture", NodeSettings.ARCHITECTURE);
        info.put("bootID", bootId);
        info.put("containerRuntimeVersion", "wagi://" + version);
        info.put("kernelVersion", System.getProperty("os.version", ""));
        info.put("kubeProxyVersion", "");
        info.put("kubeletVersion", "v" + version);
        info.put("machineID", machineId());
        info.put("operatingSystem", "linux");
        info.put("osImage", "Java " + Runtime.version().feature() + " on " + system());
        info.put("systemUUID", machineId());
        return info;
    }

    private static String machineId() {
        try {
            return Files.readString(Path.of("/etc/machine-id")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static String system() {
        try {
            for (String line : Files.readAllLines(Path.of("/etc/os-release"))) {
                if (line.startsWith("PRETTY_NAME=")) {
                    return line.substring("PRETTY_NAME=".length()).replace("\"", "");
                }
            }
        } catch (IOException e) {
            // Not a Linux with that file.
        }
        return System.getProperty("os.name", "");
    }

    private static Map<String, Object> condition(
            @Nullable Node known, String type, String status, String reason, String message, Instant now) {
        NodeCondition before = condition(known, type);
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("type", type);
        condition.put("status", status);
        condition.put("reason", reason);
        condition.put("message", message);
        condition.put("lastHeartbeatTime", time(now));
        condition.put(
                "lastTransitionTime",
                before != null && status.equals(before.getStatus()) && before.getLastTransitionTime() != null
                        ? before.getLastTransitionTime()
                        : time(now));
        return condition;
    }

    static @Nullable NodeCondition condition(@Nullable Node node, String type) {
        if (node == null || node.getStatus() == null || node.getStatus().getConditions() == null) {
            return null;
        }
        return node.getStatus().getConditions().stream()
                .filter(condition -> type.equals(condition.getType()))
                .findFirst()
                .orElse(null);
    }

    /** Whether the API's conditions say what they should. */
    static boolean says(Node node, Readiness ready, boolean diskFull) {
        NodeCondition condition = condition(node, "Ready");
        NodeCondition disk = condition(node, "DiskPressure");
        return condition != null
                && disk != null
                && Objects.equals(condition.getStatus(), ready.isReady() ? "True" : "False")
                && Objects.equals(condition.getReason(), ready.reason())
                && Objects.equals(disk.getStatus(), diskFull ? "True" : "False");
    }

    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Whether the node takes pods, and why not. */
    enum Readiness {
        READY(true, "KubeletReady", "modules are served"),
        STARTING(false, "KubeletNotReady", "the pods of this node are not known yet"),
        STOPPING(false, "NodeShutdown", "the node was stopped");

        private final boolean ready;
        private final String reason;
        private final String message;

        Readiness(boolean ready, String reason, String message) {
            this.ready = ready;
            this.reason = reason;
            this.message = message;
        }

        boolean isReady() {
            return ready;
        }

        String reason() {
            return reason;
        }

        String message() {
            return message;
        }
    }
}
