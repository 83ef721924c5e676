// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;

/** A request failed in a way that need not be so the next time. The text is a reason, to be put behind "failed: ". */
public final class TransferException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean reached;

    /** Without a cause. */
    public TransferException(String message) {
        super(message);
        this.reached = true;
    }

    /** With the failure behind it. */
    public TransferException(String message, Throwable cause) {
        this(message, cause, true);
    }

    private TransferException(String message, Throwable cause, boolean reached) {
        super(message, cause);
        this.reached = reached;
    }

    /** There was no connection at all. */
    static TransferException unreached(String message, Throwable cause) {
        return new TransferException(message, cause, false);
    }

    /** Whether there was a connection. If not, a name may be wrong, and trying again for long is of no use. */
    public boolean isReached() {
        return reached;
    }
}
