// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Kubernetes manifests as configurations, without a cluster. {@link dev.wagi.kubernetes.internal.Manifest} reads files into
 * settings of modules, whose rules are the host's; what a manifest asks for and cannot have is a problem or a warning, never
 * passed over. The fields that are known, and what becomes of each, are in {@code Fields}.
 */
@NullMarked
package dev.wagi.kubernetes.internal;

import org.jspecify.annotations.NullMarked;
