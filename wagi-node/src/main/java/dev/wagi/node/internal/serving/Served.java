// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A pod to serve.
 *
 * @param uid the uid of the pod
 * @param revision counts the changes of the pod
 * @param namespace the namespace of the pod
 * @param family the family of the pod: replicas of one controller, of which the newest is served; the uid if there is
 *     none
 * @param created when the pod was created, which orders its family
 * @param address the address {@code ip:port}
 * @param manifest the manifest for the host
 * @param modules the files of the modules by image reference
 * @param grace the time that its requests have to finish
 */
public record Served(
        String uid,
        long revision,
        String namespace,
        String family,
        String created,
        String address,
        Path manifest,
        Map<String, ModuleFile> modules,
        Duration grace) {

    /**
     * The file of a module that was pulled. It is not changed.
     *
     * @param path the file
     * @param sha256 the SHA-256 of its content, in hexadecimal digits
     */
    public record ModuleFile(Path path, String sha256) {}

    /** Copies the modules. */
    public Served {
        modules = Map.copyOf(modules);
    }
}
