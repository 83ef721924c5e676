// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

/** What a pod refers to is not there, or not usable. It may come, so the pod is tried again. */
public final class MissingException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String reason;

    MissingException(String reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** The reason of the event and of the waiting container. */
    public String reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
