// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

/** Thrown if a text is not a URL, or can be parsed in more than one way. */
final class MalformedUrlException extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedUrlException(String message) {
        super(message, null, false, false);
    }
}
