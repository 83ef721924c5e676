// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.api.WagiException;

/** The server cannot be started. The text is one line: the address or the file, the reason, and what to do. */
public final class WagiServerException extends WagiException {

    private static final long serialVersionUID = 1L;

    WagiServerException(String message) {
        super(message);
    }

    WagiServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
