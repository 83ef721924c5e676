// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * Thrown if a module cannot be fetched, read, or run by this host. The message names the module, what is wrong with it
 * and what to do. A {@link dev.wagi.core.module.ModuleResolver} may throw a subclass, so that callers can tell its
 * failures apart.
 */
public class ModuleLoadException extends WagiException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception without a cause.
     *
     * @param message what failed, why, and what to do about it
     */
    public ModuleLoadException(String message) {
        super(message);
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the underlying failure
     */
    public ModuleLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
