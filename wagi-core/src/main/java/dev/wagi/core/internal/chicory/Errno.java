// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** The error numbers of WASI preview 1 that we answer. */
final class Errno {

    static final int SUCCESS = 0;
    static final int BADF = 8;
    static final int FAULT = 21;
    static final int INVAL = 28;
    static final int NOTSOCK = 57;
    static final int NOTSUP = 58;
    static final int SPIPE = 70;

    private Errno() {}
}
