// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;

/** A request failed in a way that need not be so the next time. The text is a reason, to be put behind "failed: ". */
public final class TransferException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Without a cause. */
    public TransferException(String message) {
        super(message);
    }

    /** With the failure behind it. */
    public TransferException(String message, Throwable cause) {
        super(message, cause);
    }
}
