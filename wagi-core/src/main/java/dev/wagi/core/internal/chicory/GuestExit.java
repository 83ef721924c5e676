// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** Unwinds a guest that called {@code proc_exit}. Control flow, so without stack trace. */
final class GuestExit extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int code;

    GuestExit(int code) {
        super(null, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
