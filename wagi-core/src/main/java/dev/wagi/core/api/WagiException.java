// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * The superclass of this library's exceptions; each subclass calls for a different response.
 *
 * <p>Messages are for operators and logs. They are never sent to a client.
 */
public abstract class WagiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception without a cause.
     *
     * @param message what failed, why, and what to do about it
     */
    protected WagiException(String message) {
        super(message);
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the underlying failure
     */
    protected WagiException(String message, Throwable cause) {
        super(message, cause);
    }
}
