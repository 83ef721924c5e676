// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Reads Kubernetes manifests as configurations, without a cluster. {@link dev.wagi.kubernetes.internal.Manifest} reads
 * files into module settings, which the host validates. Fields that are not supported are problems or warnings and are
 * never ignored silently. {@code Fields} lists the known fields and how each is treated.
 */
@NullMarked
package dev.wagi.kubernetes.internal;

import org.jspecify.annotations.NullMarked;
