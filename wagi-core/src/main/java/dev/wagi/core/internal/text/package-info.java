// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Formats of values that are the same in all sources of configurations. */
@NullMarked
package dev.wagi.core.internal.text;

import org.jspecify.annotations.NullMarked;
