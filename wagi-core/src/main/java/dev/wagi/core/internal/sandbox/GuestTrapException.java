// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import org.jspecify.annotations.Nullable;

/** Thrown if a guest traps. */
public final class GuestTrapException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates an exception with the engine's reason, for logs. */
    public GuestTrapException(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
