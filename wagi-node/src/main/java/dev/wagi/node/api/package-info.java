// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** What callers of a node see besides the node itself. */
@NullMarked
package dev.wagi.node.api;

import org.jspecify.annotations.NullMarked;
