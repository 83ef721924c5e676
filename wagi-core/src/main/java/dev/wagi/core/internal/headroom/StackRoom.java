// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.headroom;

/**
 * Ensures that enough stack is left for what the host is about to do on a guest's behalf. A guest decides how deep the
 * stack is when it calls; a stack overflow in the middle of host code could leak a descriptor, or a lock that others
 * need: of a log, a connection, or a directory.
 */
public enum StackRoom {
    /** Enough for one system call and the JDK code around it. */
    FILES(300),
    /** Enough for code of servers, clients and log libraries. */
    LIBRARIES(1500);

    /** The number of frames of at least 100 bytes each; three times that where code is not compiled yet. */
    private final int frames;

    StackRoom(int frames) {
        this.frames = frames;
    }

    /**
     * Uses more stack than the work will.
     *
     * @throws StackOverflowError if not enough is left; nothing has been done then
     */
    public void require() {
        if (deeper(frames, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == Long.MIN_VALUE) {
            throw new IllegalStateException("BUG: small numbers give a large one; please report this");
        }
    }

    /** Each value is also used after the call, so that a frame has room for all of them, compiled or not. */
    private static long deeper(
            int frames, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
        if (frames == 0) {
            return a;
        }
        long deeper = deeper(frames - 1, b, c, d, e, f, g, h, i, j, a + frames);
        return deeper ^ a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j;
    }
}
