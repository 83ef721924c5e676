// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;

/** Prepares modules to run. Thread-safe. */
public interface SandboxEngine {

    /**
     * Validates, links and compiles a module.
     *
     * @param name the module's name in messages
     * @param bytes WebAssembly, binary or text
     * @param digest their {@link ModuleDigest}
     * @throws ModuleLoadException if it is not a core module, is invalid, or imports something that this host does not
     *     provide
     */
    GuestCode load(String name, byte[] bytes, String digest);

    /** Does the same on this thread alone, because the processors are needed for requests. */
    default GuestCode loadAlone(String name, byte[] bytes, String digest) {
        return load(name, bytes, digest);
    }

    /**
     * Validates and links a module without compiling it. One that was compiled before is not validated again.
     *
     * @throws ModuleLoadException as {@link #load} does
     */
    default GuestOutline outline(String name, byte[] bytes, String digest) {
        GuestCode code = load(name, bytes, digest);
        GuestModule module = code.module(SandboxLimits.of(Limits.defaults()));
        return new GuestOutline(module.entrypoints(), module::exports, code.labels());
    }

    /** Does the same for bytes whose digest has not been computed, with the default limits. */
    default GuestModule load(String name, byte[] bytes) {
        return load(name, bytes, ModuleDigest.of(bytes)).module(SandboxLimits.of(Limits.defaults()));
    }
}
