// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Kubernetes manifests as configurations, without a cluster. {@link dev.wagi.core.manifest.Manifest} reads files into drafts
 * of modules, whose rules are in {@code config}; what a manifest asks for and cannot have is a problem or a warning, never
 * passed over. The fields that are known, and what becomes of each, are in {@code Fields}.
 */
@NullMarked
package dev.wagi.core.manifest;

import org.jspecify.annotations.NullMarked;
