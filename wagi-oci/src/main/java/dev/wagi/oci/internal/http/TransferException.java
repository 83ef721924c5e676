// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;

/** A request failed for a reason that may be temporary. The message is a reason, written to follow "failed: ". */
public final class TransferException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean reached;

    /** Creates an exception without a cause. */
    public TransferException(String message) {
        super(message);
        this.reached = true;
    }

    /** Creates an exception with a cause. */
    public TransferException(String message, Throwable cause) {
        this(message, cause, true);
    }

    private TransferException(String message, Throwable cause, boolean reached) {
        super(message, cause);
        this.reached = reached;
    }

    /** Creates an exception for a connection that could not be made. */
    static TransferException unreached(String message, Throwable cause) {
        return new TransferException(message, cause, false);
    }

    /** Whether a connection was made. If not, the name may be wrong, and many retries are pointless. */
    public boolean isReached() {
        return reached;
    }
}
