// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.api;

import dev.wagi.core.api.WagiException;

/** The node cannot start or continue. The message says what failed, where, and what to do. */
public class NodeException extends WagiException {

    private static final long serialVersionUID = 1;

    /**
     * Creates an exception without a cause.
     *
     * @param message what failed, why, and what to do about it
     */
    public NodeException(String message) {
        super(message);
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the underlying failure
     */
    public NodeException(String message, Throwable cause) {
        super(message, cause);
    }
}
