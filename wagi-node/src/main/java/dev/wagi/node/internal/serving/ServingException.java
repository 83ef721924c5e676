// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import org.jspecify.annotations.Nullable;

/** A pod cannot be served; the reason is a single word for its status. */
public final class ServingException extends Exception {

    private static final long serialVersionUID = 1;

    private final String reason;

    ServingException(String reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Returns the reason for the waiting containers and the event. */
    public String reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
