// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Thrown if a guest traps. */
public final class GuestTrapException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String backtrace;

    /** Creates an exception with the engine's reason, for logs. */
    public GuestTrapException(String reason, @Nullable Throwable cause) {
        this(reason, "", cause);
    }

    /**
     * Creates an exception that knows where the guest was.
     *
     * @param backtrace the functions that were running, the innermost first; or empty
     */
    public GuestTrapException(String reason, String backtrace, @Nullable Throwable cause) {
        super(reason, cause);
        this.backtrace = backtrace;
    }

    /** {@return the reason and, if it is known, where the guest was; for logs} */
    public String description() {
        String reason = Objects.requireNonNull(getMessage());
        return backtrace.isEmpty() ? reason : reason + ", at " + backtrace;
    }
}
