// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Kubernetes manifests as configurations, without a cluster. {@link dev.wagi.kubernetes.KubernetesManifests} is the
 * entry point.
 *
 * <pre>{@code
 * Wagi wagi = Wagi.builder()
 *         .addSource(KubernetesManifests.of(Path.of("pod.yaml")))
 *         .build();
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.kubernetes;

import org.jspecify.annotations.NullMarked;
