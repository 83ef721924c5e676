// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.io.IOException;

/**
 * Thrown if a guest prints what a server must not send. Stops the guest; the message is for logs, with the bytes
 * escaped.
 */
public final class GuestOutputException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Creates an exception with the reason. */
    public GuestOutputException(String message) {
        super(message);
    }
}
