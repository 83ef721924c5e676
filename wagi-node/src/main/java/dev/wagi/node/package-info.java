// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** A node of a Kubernetes cluster that runs WAGI modules. */
@NullMarked
package dev.wagi.node;

import org.jspecify.annotations.NullMarked;
