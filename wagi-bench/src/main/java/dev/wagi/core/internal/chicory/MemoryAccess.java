// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.types.MemoryLimits;

/** Lets a benchmark at {@link FlatMemory}, which is nobody's business otherwise. */
public final class MemoryAccess {

    private final FlatMemory memory;
    private final FlatMemory.Image image;

    /** A memory of some pages of 64 KiB, no byte of it zero. */
    public MemoryAccess(int pages) {
        memory = new FlatMemory(new MemoryLimits(pages, pages));
        FlatMemory.fill(0, 1, pages << 16, memory);
        image = memory.image();
        memory.restore(image, true);
    }

    /** A store, as compiled guests do it. */
    public void store(int address, int value) {
        FlatMemory.store32(address, value, 0, memory);
    }

    /** What is there. */
    public int load(int address) {
        return FlatMemory.load32(address, 0, memory);
    }

    /** Makes it what it was at first. */
    public void restore() {
        memory.restore(image, false);
    }
}
