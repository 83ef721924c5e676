// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * The root of this library's own exceptions; each subclass means a different next step.
 *
 * <p>Texts are for operators and logs. They are never sent to a client.
 */
public abstract class WagiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Without a cause.
     *
     * @param message what failed, why, and what to do about it
     */
    protected WagiException(String message) {
        super(message);
    }

    /**
     * With the failure behind it.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the failure behind it
     */
    protected WagiException(String message, Throwable cause) {
        super(message, cause);
    }
}
