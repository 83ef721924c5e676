// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The share of the JVM's heap that running guests may take, all of them together: as many as may run, with as much
 * memory as each may have, are often more than there is, and a full heap hits the host as hard as the guests.
 * Thread-safe.
 */
final class GuestHeap {

    /** Half of the largest heap that this JVM may have. */
    static final GuestHeap SHARED = new GuestHeap(Runtime.getRuntime().maxMemory() / 2);

    /**
     * The bytes that a guest may take without being counted: most never need more, and the number of guests is bounded.
     */
    static final int FREE = 2 << 20;

    private final long max;
    private final AtomicLong used = new AtomicLong();

    /**
     * Creates a share.
     *
     * @param max in bytes
     */
    GuestHeap(long max) {
        this.max = max;
    }

    /** The bytes that are taken now. */
    long used() {
        return used.get();
    }

    /** What one guest has taken, from the beginning of its run to its end. For one thread at a time. */
    final class Charge {
        private long covered = FREE;
        private long fixed;
        private long held;
        private long taken;
        private long refused;

        /**
         * Takes room for an instance; returns false if there is none.
         *
         * @param bytes of its memory, which may grow
         * @param others all else, which does not
         */
        boolean begin(long bytes, long others) {
            fixed = others;
            return cover(bytes);
        }

        /** Takes room for so much memory in all; false if there is none. */
        boolean cover(long bytes) {
            long all = bytes + fixed;
            if (all > covered) {
                if (!take(all - covered)) {
                    return false;
                }
                covered = all;
            }
            return true;
        }

        /** Takes room for something else. */
        boolean take(long bytes) {
            if (used.addAndGet(bytes) > max) {
                used.addAndGet(-bytes);
                return false;
            }
            taken += bytes;
            return true;
        }

        /**
         * Takes room for so much that is held outside its memory in all, or gives some back; false if there is none.
         */
        boolean hold(long bytes) {
            if (bytes > held && !take(bytes - held)) {
                refuse(bytes - held);
                return false;
            }
            if (bytes < held) {
                give(held - bytes);
            }
            held = bytes;
            return true;
        }

        /** Notes that the guest did not get so much, to be reported when it ends. */
        void refuse(long bytes) {
            refused = bytes;
        }

        /** What the guest was refused last, in bytes; 0 if it got everything. */
        long refused() {
            return refused;
        }

        /** Gives back what {@link #take} took. */
        void give(long bytes) {
            used.addAndGet(-bytes);
            taken -= bytes;
        }

        /** Gives everything back. */
        void end() {
            if (taken != 0) {
                used.addAndGet(-taken);
                taken = 0;
                covered = FREE;
                held = 0;
            }
            fixed = 0;
            refused = 0;
        }
    }
}
