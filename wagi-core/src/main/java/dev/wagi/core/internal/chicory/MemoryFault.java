// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** A guest passed an address outside its memory to a host function, which returns EFAULT. */
final class MemoryFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final MemoryFault INSTANCE = new MemoryFault();

    private MemoryFault() {
        super(null, null, false, false);
    }
}
