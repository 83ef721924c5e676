// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Limits;

/**
 * What an instance may take of the heap.
 *
 * @param maxMemoryBytes as {@link Limits#maxMemoryBytes}
 * @param maxTableEntries as {@link Limits#maxTableEntries}
 */
public record SandboxLimits(long maxMemoryBytes, int maxTableEntries) {

    /** The part of the limits that an instance is made with. */
    public static SandboxLimits of(Limits limits) {
        return new SandboxLimits(limits.maxMemoryBytes(), limits.maxTableEntries());
    }
}
