// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** A guest gave an address outside of its memory to a host function; it is told EFAULT. */
final class MemoryFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final MemoryFault INSTANCE = new MemoryFault();

    private MemoryFault() {
        super(null, null, false, false);
    }
}
