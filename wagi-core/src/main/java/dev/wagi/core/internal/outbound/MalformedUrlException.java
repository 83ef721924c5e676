// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

/** A text is not a URL, or not one that everybody reads the same way. */
final class MalformedUrlException extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedUrlException(String message) {
        super(message, null, false, false);
    }
}
