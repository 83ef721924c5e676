// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** Unwinds a guest because one of its streams failed; the cause is what the stream threw. */
final class GuestStopped extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GuestStopped(Exception cause) {
        super(null, cause, false, false);
    }
}
