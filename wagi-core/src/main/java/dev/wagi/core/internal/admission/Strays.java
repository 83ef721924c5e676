// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import dev.wagi.core.internal.sandbox.Watchdog;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts threads whose guest did not end after its deadline and its interrupts. No engine lets that happen on purpose; this
 * is what is left when one does. Thread-safe.
 */
public final class Strays {

    /** Threads of one module after which it is out of service. */
    public static final int MOST_OF_MODULE = 8;

    /** Threads of all modules after which a module is out of service with its first one, and places are not given back. */
    public static final int MOST = 256;

    /** How long a guest may take to end after it was interrupted; stopping one takes some milliseconds. */
    public static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    private final long patience;
    private final Watchdog watchdog;
    private final AtomicInteger all = new AtomicInteger();
    private volatile boolean attempted;

    /**
     * None at first.
     *
     * @param patience how long a guest may take to end after it was interrupted, in nanoseconds
     * @param watchdog interrupts it
     */
    public Strays(long patience, Watchdog watchdog) {
        this.patience = patience;
        this.watchdog = watchdog;
    }

    /** How long a guest may take to end after it was interrupted, in nanoseconds. */
    public long patience() {
        return patience;
    }

    /** What interrupts guests, and gives them up. */
    public Watchdog watchdog() {
        return watchdog;
    }

    /** The threads of all modules now. */
    public int count() {
        return all.get();
    }

    /** Whether one of them was a thread that others wait for; there must never be a second one. */
    public boolean wasAttempt() {
        return attempted;
    }

    /**
     * Adds a thread that belongs to no module at work: one that loads.
     *
     * @return false if there are too many
     */
    public boolean tryAdd() {
        if (all.incrementAndGet() <= MOST) {
            return true;
        }
        all.decrementAndGet();
        return false;
    }

    /** One has ended after all. */
    public void remove() {
        all.decrementAndGet();
    }

    /** The threads of one module. */
    public final class OfModule {
        private final AtomicInteger here = new AtomicInteger();

        /** Whether the module must not run. */
        public boolean isFull() {
            int now = here.get();
            return now >= MOST_OF_MODULE || now > 0 && all.get() >= MOST;
        }

        /** As {@link Strays#patience}. */
        public long patience() {
            return patience;
        }

        /** As {@link Strays#watchdog}. */
        public Watchdog watchdog() {
            return watchdog;
        }

        /** How many there are. */
        public int count() {
            return here.get();
        }

        /**
         * Adds one; {@link #remove} follows if it ever ends.
         *
         * @param attempt whether others wait for the thread
         * @return whether its places may be given to others
         */
        public boolean add(boolean attempt) {
            attempted |= attempt;
            here.incrementAndGet();
            return all.incrementAndGet() <= MOST;
        }

        public void remove() {
            here.decrementAndGet();
            all.decrementAndGet();
        }
    }
}
