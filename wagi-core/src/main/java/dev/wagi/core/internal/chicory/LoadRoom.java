// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.api.ModuleLoadException;

/**
 * The share of the JVM's heap that modules may take while they are loaded: the parser makes an object of each
 * instruction. One module may take three quarters, several together half; others wait. Thread-safe.
 */
final class LoadRoom {

    /** Of the largest heap that this JVM may have. */
    static final LoadRoom SHARED = new LoadRoom(Runtime.getRuntime().maxMemory());

    private final long heap;
    private long used;

    /**
     * Creates a share.
     *
     * @param heap the size of the heap in bytes
     */
    LoadRoom(long heap) {
        this.heap = heap;
    }

    /**
     * Takes room, and waits for it if others have it.
     *
     * @param name what messages call the module
     * @param bytes what it will take
     * @return releases the room
     * @throws ModuleLoadException if the heap is too small for it, or the thread is interrupted while it waits
     */
    synchronized Taken take(String name, long bytes) {
        if (bytes > heap / 4 * 3) {
            throw new ModuleLoadException(name + " takes about " + (bytes >> 20)
                    + " MiB of heap while it is loaded, and the JVM has " + (heap >> 20)
                    + "; raise the JVM's -Xmx, or make the module smaller");
        }
        try {
            while (used > 0 && used + bytes > heap / 2) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModuleLoadException(name + " was not loaded because loading was given up; try again", e);
        }
        used += bytes;
        return () -> give(bytes);
    }

    private synchronized void give(long bytes) {
        used -= bytes;
        notifyAll();
    }

    /** Room that is taken. */
    @FunctionalInterface
    interface Taken {
        void giveBack();
    }
}
