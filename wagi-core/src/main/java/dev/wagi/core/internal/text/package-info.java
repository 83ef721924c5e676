// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** How values are written, the same in every source of configurations. */
@NullMarked
package dev.wagi.core.internal.text;

import org.jspecify.annotations.NullMarked;
