// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.headroom;

/**
 * Makes sure that there is stack left for what the host is about to do on a guest's behalf. A guest decides how deep it is when
 * it calls; if the stack ended in the middle of somebody's work, a descriptor could be lost, or a lock be kept for ever that
 * others need: of a log, a connection, a directory.
 */
public enum StackRoom {
    /** For one call of the operating system and the JDK around it. */
    FILES(300),
    /** For servers, clients and logs: anybody's code. */
    LIBRARIES(1500);

    /** Of 100 bytes at least, three times as many where nothing is compiled yet. */
    private final int frames;

    StackRoom(int frames) {
        this.frames = frames;
    }

    /**
     * Goes deeper than the work will.
     *
     * @throws StackOverflowError if there is not enough; nothing has happened then
     */
    public void require() {
        if (deeper(frames, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == Long.MIN_VALUE) {
            throw new IllegalStateException("BUG: small numbers give a large one; please report this");
        }
    }

    /** Each value is needed after the call as well, so that a frame has room for all of them, compiled or not. */
    private static long deeper(
            int frames, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
        if (frames == 0) {
            return a;
        }
        long deeper = deeper(frames - 1, b, c, d, e, f, g, h, i, j, a + frames);
        return deeper ^ a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j;
    }
}
