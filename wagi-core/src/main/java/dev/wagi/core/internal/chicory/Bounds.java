// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/** Checks addresses and sizes that a guest passes, before anything is read, written or allocated. */
final class Bounds {

    private Bounds() {}

    static void writeI32(FlatMemory memory, int address, int value) {
        check(memory, address, 4);
        memory.writeI32(address, value);
    }

    static void writeI64(FlatMemory memory, int address, long value) {
        check(memory, address, 8);
        memory.writeLong(address, value);
    }

    /** Refuses a range that is not entirely inside the memory; address and length are unsigned. */
    static void check(FlatMemory memory, int address, long length) {
        if (!memory.contains(address, length)) {
            throw MemoryFault.INSTANCE;
        }
    }
}
