// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.ModuleLoadException;
import org.jspecify.annotations.Nullable;

/** The code of a module, validated, linked and compiled once for all limits. Thread-safe. */
public interface GuestCode {

    /**
     * Returns the module with limits; equal limits return the same instance. The module is instantiated once to check
     * that this works, which includes its start function; an interrupt stops it.
     *
     * @throws ModuleLoadException if its initial memory or tables exceed the limits, its start function traps, or the
     *     heap is exhausted
     */
    GuestModule module(SandboxLimits limits);

    /** Returns what {@link #module} has returned for these limits before; null if it has not, or does not know. */
    default @Nullable GuestModule known(SandboxLimits limits) {
        return null;
    }

    /** Whether it was compiled before, and was found in the compile cache. */
    default boolean isCached() {
        return false;
    }

    /** Returns what the module says about itself. */
    default ModuleLabels labels() {
        return ModuleLabels.NONE;
    }

    /** Returns what the code takes of memory, in the heap and outside, roughly: in bytes. */
    default long bytes() {
        return 0;
    }
}
