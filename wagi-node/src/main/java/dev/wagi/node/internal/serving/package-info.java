// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The addresses that pods are served at, one server each. */
@NullMarked
package dev.wagi.node.internal.serving;

import org.jspecify.annotations.NullMarked;
