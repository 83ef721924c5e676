// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Threads that all hosts of a JVM share. */
@NullMarked
package dev.wagi.core.internal.thread;

import org.jspecify.annotations.NullMarked;
