// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The addresses at which pods are served, with one server each. */
@NullMarked
package dev.wagi.node.internal.serving;

import org.jspecify.annotations.NullMarked;
