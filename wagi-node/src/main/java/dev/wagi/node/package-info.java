// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * A node of a Kubernetes cluster that runs WAGI modules.
 *
 * <pre>{@code
 * try (WagiNode node = WagiNode.builder(Path.of("node.kubeconfig"), Path.of("/var/lib/wagi-node"))
 *         .name("wagi-0")
 *         .start()) {
 *     System.out.println(node.name() + " serves pods on " + node.address());
 *     Thread.currentThread().join();
 * }
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.node;

import org.jspecify.annotations.NullMarked;
