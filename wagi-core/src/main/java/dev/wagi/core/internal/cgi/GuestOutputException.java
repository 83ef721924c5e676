// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.io.IOException;

/** A guest printed what no server may send. Stops the guest; the text is for logs and holds the bytes escaped. */
public final class GuestOutputException extends IOException {

    private static final long serialVersionUID = 1L;

    /** With the reason. */
    public GuestOutputException(String message) {
        super(message);
    }
}
