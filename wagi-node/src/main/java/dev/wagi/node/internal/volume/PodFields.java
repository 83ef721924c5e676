// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

import dev.wagi.node.internal.registration.Capacity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a pod in the downward API.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/workloads/pods/downward-api/">Kubernetes, downward API</a>
 */
public final class PodFields {

    private static final Pattern ENTRY = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)']");

    private PodFields() {}

    /** Returns the value of a field; empty if the field does not exist. */
    public static Optional<String> field(Pod pod, String address, @Nullable String path) {
        if (path == null) {
            return Optional.empty();
        }
        Matcher entry = ENTRY.matcher(path);
        if (entry.matches()) {
            return Optional.of(map(pod, entry.group(1)).getOrDefault(entry.group(2), ""));
        }
        return Optional.ofNullable(
                switch (path) {
                    case "metadata.name" -> pod.getMetadata().getName();
                    case "metadata.namespace" -> pod.getMetadata().getNamespace();
                    case "metadata.uid" -> pod.getMetadata().getUid();
                    case "metadata.labels", "metadata.annotations" -> lines(map(pod, path.substring(9)));
                    case "spec.nodeName" -> pod.getSpec().getNodeName();
                    case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
                    case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs" -> address;
                    default -> null;
                });
    }

    private static Map<String, String> map(Pod pod, String kind) {
        Map<String, String> map = kind.equals("labels")
                ? pod.getMetadata().getLabels()
                : pod.getMetadata().getAnnotations();
        return map == null ? Map.of() : map;
    }

    private static String lines(Map<String, String> map) {
        return new TreeMap<>(map)
                .entrySet().stream()
                        .map(entry -> entry.getKey() + "=\""
                                + entry.getValue()
                                        .replace("\\", "\\\\")
                                        .replace("\"", "\\\"")
                                        .replace("\n", "\\n")
                                + "\"")
                        .collect(Collectors.joining("\n"));
    }

    /** Returns an amount of a container's resources; a limit that is not set is the node's. */
    static Optional<String> resource(Pod pod, ResourceFieldSelector selector, Capacity capacity) {
        Container container = pod.getSpec().getContainers().stream()
                .filter(each -> each.getName().equals(selector.getContainerName()))
                .findFirst()
                .orElse(null);
        String name = selector.getResource() == null ? "" : selector.getResource();
        int dot = name.indexOf('.');
        if (container == null || dot < 0) {
            return Optional.empty();
        }
        String kind = name.substring(dot + 1);
        BigDecimal limit = amount(
                container.getResources() == null
                        ? null
                        : container.getResources().getLimits(),
                kind);
        BigDecimal request = amount(
                container.getResources() == null
                        ? null
                        : container.getResources().getRequests(),
                kind);
        BigDecimal most = limit != null
                ? limit
                : switch (kind) {
                    case "cpu" -> BigDecimal.valueOf(capacity.processors());
                    case "memory" -> BigDecimal.valueOf(capacity.guestBytes());
                    case "ephemeral-storage" -> BigDecimal.valueOf(capacity.diskBytes());
                    default -> null;
                };
        BigDecimal value = name.startsWith("limits.") ? most : request != null ? request : limit;
        if (value == null) {
            return most == null ? Optional.empty() : Optional.of("0");
        }
        BigDecimal divisor = selector.getDivisor() == null ? BigDecimal.ONE : Amounts.of(selector.getDivisor());
        if (divisor.signum() == 0) {
            divisor = BigDecimal.ONE;
        }
        return Optional.of(value.divide(divisor, 0, RoundingMode.CEILING).toPlainString());
    }

    private static @Nullable BigDecimal amount(@Nullable Map<String, Quantity> quantities, String kind) {
        Quantity quantity = quantities == null ? null : quantities.get(kind);
        return quantity == null ? null : Amounts.of(quantity);
    }
}
