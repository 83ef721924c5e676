// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;

/** Makes modules ready to run. Thread-safe. */
public interface SandboxEngine {

    /**
     * Validates, links and compiles a module.
     *
     * @param name what messages call it
     * @param bytes WebAssembly, binary or text
     * @param digest their {@link ModuleDigest}
     * @throws ModuleLoadException if it is not a core module, is invalid, or imports what this host does not offer
     */
    GuestCode load(String name, byte[] bytes, String digest);

    /** The same of bytes whose digest nobody has computed yet, with the limits that hold by default. */
    default GuestModule load(String name, byte[] bytes) {
        return load(name, bytes, ModuleDigest.of(bytes)).module(SandboxLimits.of(Limits.defaults()));
    }
}
