// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

/** An object that a pod refers to is missing or cannot be used. It may become available, so the pod is retried. */
public final class MissingException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String reason;

    MissingException(String reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** Returns the reason for the event and the waiting container. */
    public String reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
