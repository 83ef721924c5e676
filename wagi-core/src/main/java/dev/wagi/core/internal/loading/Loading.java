// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.internal.sandbox.GuestCode;

/**
 * How a module is loaded, in two steps, each on one of its own {@link LoadThreads} because the second one runs the
 * module's code. An interrupt ends either.
 */
public interface Loading {

    /** Returns whether it may take long to be compiled. */
    boolean isLarge();

    /**
     * Compiles it, or reads it from the cache.
     *
     * @throws dev.wagi.core.api.ModuleLoadException if that is not possible, or not in time
     */
    GuestCode compile();

    /**
     * Instantiates it, which runs its start function.
     *
     * @param compiled the result of the first step
     * @throws dev.wagi.core.api.ModuleLoadException if that is not possible, or not in time
     */
    LoadedGuest instantiate(GuestCode compiled);
}
