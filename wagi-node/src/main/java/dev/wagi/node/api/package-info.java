// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Types that callers of a node use in addition to the node itself.
 *
 * <pre>{@code
 * try (WagiNode node = WagiNode.builder(kubeconfig, data).start()) {
 *     Thread.currentThread().join();
 * } catch (NodeException e) {
 *     System.err.println(e.getMessage());
 * }
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.node.api;

import org.jspecify.annotations.NullMarked;
