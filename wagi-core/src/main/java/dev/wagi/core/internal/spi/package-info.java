// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the extensions of this project provide, found by {@link java.util.ServiceLoader}. Exported to them only: it may change
 * with each version. See RATIONALE.md, "Why do only the extensions see what they implement?".
 */
@NullMarked
package dev.wagi.core.internal.spi;

import org.jspecify.annotations.NullMarked;
