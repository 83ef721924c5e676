// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** What containers write to standard error, on disk. */
@NullMarked
package dev.wagi.node.internal.log;

import org.jspecify.annotations.NullMarked;
