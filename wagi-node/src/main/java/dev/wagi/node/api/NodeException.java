// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.api;

import dev.wagi.core.api.WagiException;
import org.jspecify.annotations.Nullable;

/** The node cannot start, or cannot go on. The text says what failed, where, and what to do. */
public class NodeException extends WagiException {

    private static final long serialVersionUID = 1;

    /**
     * With a text for the operator.
     *
     * @param message what failed, why, and what to do about it
     */
    public NodeException(String message) {
        super(message);
    }

    /**
     * With a text for the operator and the reason.
     *
     * @param message what failed, why, and what to do about it
     * @param cause the failure behind it
     */
    public NodeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
