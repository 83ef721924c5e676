// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The Node object and its lease, with which the node reports its state and its heartbeat. */
@NullMarked
package dev.wagi.node.internal.registration;

import org.jspecify.annotations.NullMarked;
