// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import com.sun.management.OperatingSystemMXBean;
import dev.wagi.node.internal.pod.Pods;
import dev.wagi.node.internal.registration.NodeSettings;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The resource usage of the node. Containers share one JVM, which does not measure the usage of each of them, so
 * containers have no figures.
 */
final class Statistics {

    private final NodeSettings settings;
    private final Pods pods;
    private final Path data;
    private final Clock clock;
    private final Instant started;

    Statistics(NodeSettings settings, Pods pods, Path data, Clock clock) {
        this.settings = settings;
        this.pods = pods;
        this.data = data;
        this.clock = clock;
        this.started = clock.instant();
    }

    /** Returns the response of {@code /stats/summary}. */
    Map<String, Object> summary() {
        String now = clock.instant().toString();
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("nodeName", settings.name());
        node.put("startTime", started.toString());
        node.put("cpu", Map.of("time", now, "usageCoreNanoSeconds", processorNanos()));
        long resident = residentBytes();
        node.put(
                "memory",
                Map.of(
                        "time",
                        now,
                        "availableBytes",
                        Math.max(0, system().getTotalMemorySize() - resident),
                        "usageBytes",
                        resident,
                        "workingSetBytes",
                        resident,
                        "rssBytes",
                        resident));
        try {
            FileStore store = Files.getFileStore(data);
            node.put(
                    "fs",
                    Map.of(
                            "time",
                            now,
                            "capacityBytes",
                            store.getTotalSpace(),
                            "availableBytes",
                            store.getUsableSpace(),
                            "usedBytes",
                            store.getTotalSpace() - store.getUnallocatedSpace()));
        } catch (IOException e) {
            // The figures of the file system are omitted.
            node.remove("fs");
        }
        List<Map<String, Object>> all = new ArrayList<>();
        for (Pod pod : pods.list()) {
            List<Map<String, Object>> containers = new ArrayList<>();
            pods.runningContainers(pod)
                    .forEach((name, since) -> containers.add(Map.of("name", name, "startTime", since)));
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put(
                    "podRef",
                    Map.of(
                            "name",
                            pod.getMetadata().getName(),
                            "namespace",
                            pod.getMetadata().getNamespace(),
                            "uid",
                            pod.getMetadata().getUid()));
            entry.put("startTime", pod.getMetadata().getCreationTimestamp());
            entry.put("containers", containers);
            all.add(entry);
        }
        return Map.of("node", node, "pods", all);
    }

    /** Returns the response of {@code /metrics/resource}, in the text format of Prometheus. */
    String resources() {
        return String.format(Locale.ROOT, """
                # HELP node_cpu_usage_seconds_total Cumulative cpu time consumed by the node in core-seconds
                # TYPE node_cpu_usage_seconds_total counter
                node_cpu_usage_seconds_total %.3f
                # HELP node_memory_working_set_bytes Current working set of the node in bytes
                # TYPE node_memory_working_set_bytes gauge
                node_memory_working_set_bytes %d
                # HELP resource_scrape_error 1 if there was an error while getting container metrics, 0 otherwise
                # TYPE resource_scrape_error gauge
                resource_scrape_error 0
                # HELP wagi_node_pods Pods that are served
                # TYPE wagi_node_pods gauge
                wagi_node_pods %d
                """, processorNanos() / 1e9, residentBytes(), pods.running());
    }

    private static OperatingSystemMXBean system() {
        return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    private static long processorNanos() {
        return Math.max(0, system().getProcessCpuTime());
    }

    /** Returns the resident memory of the process in bytes; the heap size if that is not known. */
    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.US_ASCII)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException e) {
            // Not on Linux.
        }
        return Runtime.getRuntime().totalMemory();
    }
}
