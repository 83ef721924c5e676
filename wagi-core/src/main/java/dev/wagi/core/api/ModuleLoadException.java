// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * A module cannot be fetched, read, or run by this host. The text says which module, what is wrong with it and what to do.
 * A {@link dev.wagi.core.module.ModuleResolver} may throw a subclass, for callers that tell its failures apart.
 */
public class ModuleLoadException extends WagiException {

    private static final long serialVersionUID = 1L;

    /**
     * Without a cause.
     *
     * @param message what failed, why, and what to do about it
     */
    public ModuleLoadException(String message) {
        super(message);
    }

    /**
     * With the failure behind it.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the failure behind it
     */
    public ModuleLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
