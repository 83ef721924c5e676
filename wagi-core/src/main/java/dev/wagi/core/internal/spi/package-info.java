// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Interfaces that the extensions of this project implement, found by {@link java.util.ServiceLoader}. Exported to them
 * only: they may change with each version. See RATIONALE.md, "Why do only the extensions see what they implement?".
 */
@NullMarked
package dev.wagi.core.internal.spi;

import org.jspecify.annotations.NullMarked;
