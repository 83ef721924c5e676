// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.types.MemoryLimits;

/** Gives benchmarks access to {@link FlatMemory}, which is package-private. */
public final class MemoryAccess {

    private final FlatMemory memory;
    private final FlatMemory.Image image;

    /** Creates a memory of some pages of 64 KiB without zero bytes. */
    public MemoryAccess(int pages) {
        memory = new FlatMemory(new MemoryLimits(pages, pages));
        FlatMemory.fill(0, 1, pages << 16, memory);
        image = memory.image();
        memory.restore(image, true);
    }

    /** Stores a value as compiled guests do. */
    public void store(int address, int value) {
        FlatMemory.store32(address, value, 0, memory);
    }

    /** Loads a value. */
    public int load(int address) {
        return FlatMemory.load32(address, 0, memory);
    }

    /** Restores the initial content. */
    public void restore() {
        memory.restore(image, false);
    }
}
