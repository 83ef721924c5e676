// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A pod to be served.
 *
 * @param uid of the pod
 * @param revision counts what was changed about the pod
 * @param namespace of the pod
 * @param family pods that take turns: replicas of one controller, of which the newest serves; the uid if there is none
 * @param created when the pod was created, for the order in its family
 * @param address {@code ip:port}
 * @param manifest for the host
 * @param modules files by image reference
 * @param grace how long its requests may take to finish
 */
public record Served(
        String uid,
        long revision,
        String namespace,
        String family,
        String created,
        String address,
        Path manifest,
        Map<String, Path> modules,
        Duration grace) {

    /** Copies the map. */
    public Served {
        modules = Map.copyOf(modules);
    }
}
