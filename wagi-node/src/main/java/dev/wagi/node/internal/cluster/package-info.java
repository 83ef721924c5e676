// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Calls of the Kubernetes API, and the identity that makes them: certificates, requests for them, and their rotation.
 */
@NullMarked
package dev.wagi.node.internal.cluster;

import org.jspecify.annotations.NullMarked;
