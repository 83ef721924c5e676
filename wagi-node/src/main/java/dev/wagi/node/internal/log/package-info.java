// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The standard error output of containers, on disk. */
@NullMarked
package dev.wagi.node.internal.log;

import org.jspecify.annotations.NullMarked;
