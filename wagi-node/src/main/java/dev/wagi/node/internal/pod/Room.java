// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.registration.Capacity;
import dev.wagi.node.internal.volume.Amounts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The resources that pods have requested from the node. The scheduler respects its capacity, but a pod may name its
 * node itself. Thread-safe.
 */
final class Room {

    private final Map<String, BigDecimal> capacity;
    private final Map<String, Map<String, BigDecimal>> taken = new HashMap<>(); // by uid, guarded by this
    private final Set<String> leaving = new HashSet<>(); // of those in taken, guarded by this

    Room(Capacity capacity) {
        this.capacity = new LinkedHashMap<>();
        capacity.allocatableAmounts().forEach((name, amount) -> this.capacity.put(name, BigDecimal.valueOf(amount)));
    }

    /**
     * Gives a pod the resources that it requests. A pod that was served before always gets them.
     *
     * @return the resource that is exhausted; empty if the pod got all, or has to wait for pods that are about to end,
     *     see {@link #has}
     */
    synchronized Optional<Admission.Refusal> take(Pod pod) {
        Map<String, BigDecimal> wanted = wanted(pod);
        boolean wasHere = pod.getStatus() != null && pod.getStatus().getStartTime() != null;
        boolean waits = false;
        for (Map.Entry<String, BigDecimal> each : capacity.entrySet()) {
            String name = each.getKey();
            BigDecimal asked = wanted.getOrDefault(name, BigDecimal.ZERO);
            BigDecimal stays = used(name, false);
            if (!wasHere && asked.signum() > 0) {
                if (stays.add(asked).compareTo(each.getValue()) > 0) {
                    return Optional.of(new Admission.Refusal(
                            "OutOf" + name,
                            "Node didn't have enough resource: " + name + ", requested: " + asked.toPlainString()
                                    + ", used: " + stays.toPlainString() + ", capacity: "
                                    + each.getValue().toPlainString()));
                }
                waits |= used(name, true).add(asked).compareTo(each.getValue()) > 0;
            }
        }
        if (!waits) {
            taken.put(pod.getMetadata().getUid(), wanted);
        }
        return Optional.empty();
    }

    /** {@return whether the pod was given the resources that it requested} */
    synchronized boolean has(Pod pod) {
        return taken.containsKey(pod.getMetadata().getUid());
    }

    private BigDecimal used(String name, boolean withLeaving) {
        return taken.entrySet().stream()
                .filter(one -> withLeaving || !leaving.contains(one.getKey()))
                .map(one -> one.getValue().getOrDefault(name, BigDecimal.ZERO))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /**
     * A pod is about to end. The scheduler may have assigned its room to another one, which waits until it has ended.
     */
    synchronized void leaving(Pod pod) {
        if (has(pod)) {
            leaving.add(pod.getMetadata().getUid());
        }
    }

    /** A pod has ended. */
    synchronized void leave(Pod pod) {
        taken.remove(pod.getMetadata().getUid());
        leaving.remove(pod.getMetadata().getUid());
    }

    private static Map<String, BigDecimal> wanted(Pod pod) {
        Map<String, BigDecimal> wanted = new HashMap<>();
        wanted.put("pods", BigDecimal.ONE);
        for (Container container : pod.getSpec().getContainers()) {
            if (container.getResources() != null) {
                // What has a limit and no request has asked for its limit.
                Map<String, Quantity> asked = new HashMap<>();
                if (container.getResources().getLimits() != null) {
                    asked.putAll(container.getResources().getLimits());
                }
                if (container.getResources().getRequests() != null) {
                    asked.putAll(container.getResources().getRequests());
                }
                asked.forEach((name, quantity) -> wanted.merge(name, Amounts.of(quantity), BigDecimal::add));
            }
        }
        return wanted;
    }
}
