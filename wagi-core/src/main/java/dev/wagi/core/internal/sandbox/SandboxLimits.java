// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Limits;

/**
 * The limits on the heap that an instance may use.
 *
 * @param maxMemoryBytes as {@link Limits#maxMemoryBytes}
 * @param maxTableEntries as {@link Limits#maxTableEntries}
 */
public record SandboxLimits(long maxMemoryBytes, int maxTableEntries) {

    /** Returns the part of the limits that applies to an instance. */
    public static SandboxLimits of(Limits limits) {
        return new SandboxLimits(limits.maxMemoryBytes(), limits.maxTableEntries());
    }
}
