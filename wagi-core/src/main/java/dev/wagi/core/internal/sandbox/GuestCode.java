// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.ModuleLoadException;

/** The code of a module, validated, linked and compiled once, whatever its instances may take. Thread-safe. */
public interface GuestCode {

    /**
     * The module with limits, the same one for the same limits. It is instantiated once to see that it can be, which may
     * take as long as its start function; an interrupt ends that.
     *
     * @throws ModuleLoadException if it begins with more than the limits, its start function traps, or there is no memory
     *     left
     */
    GuestModule module(SandboxLimits limits);
}
