// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The Node object and its lease: what the cluster knows about this node, and that it is alive. */
@NullMarked
package dev.wagi.node.internal.registration;

import org.jspecify.annotations.NullMarked;
