// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

/** A part of a bindle cannot be fetched. The message gives the cause and the remedy; the caller adds the location. */
final class BindleException extends Exception {

    private static final long serialVersionUID = 1L;

    BindleException(String message) {
        super(message);
    }

    BindleException(String message, Throwable cause) {
        super(message, cause);
    }
}
