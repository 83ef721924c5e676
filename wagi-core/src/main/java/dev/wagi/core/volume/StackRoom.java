// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.volume;

/**
 * Makes sure that there is stack left for an operation of the host. A guest decides how deep it is when it calls; if the stack
 * ended in the middle of the JDK's work, a descriptor could be lost or a lock be kept.
 */
final class StackRoom {

    private static final int FRAMES = 400;

    private StackRoom() {}

    /**
     * Goes deeper than the operation will.
     *
     * @throws StackOverflowError if there is not enough; nothing has happened then
     */
    static void require() {
        if (deeper(FRAMES, 1, 2, 3, 4) == 0) {
            throw new IllegalStateException("BUG: the sum of positive numbers is 0; please report this");
        }
    }

    /** What is computed does not matter, only that no frame can be left out. */
    private static long deeper(int frames, long a, long b, long c, long d) {
        return frames == 0 ? a + b + c + d : deeper(frames - 1, b + 1, c + 1, d + 1, a + 1) + a + b + c + d;
    }
}
