// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

/** A part of a bindle cannot be had. The text says what is wrong and what to do; where it is, the caller knows. */
final class BindleException extends Exception {

    private static final long serialVersionUID = 1L;

    BindleException(String message) {
        super(message);
    }

    BindleException(String message, Throwable cause) {
        super(message, cause);
    }
}
