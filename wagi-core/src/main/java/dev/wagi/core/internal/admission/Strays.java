// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import dev.wagi.core.internal.sandbox.Watchdog;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts threads whose guests did not end after their deadline and their interrupts. This happens only through a bug in
 * the engine or the host; the limits keep its damage small. Thread-safe.
 */
public final class Strays {

    /** The number of threads of one module after which it is out of service. */
    public static final int MOST_OF_MODULE = 8;

    /**
     * The number of threads of all modules after which a single thread takes a module out of service, and places are no
     * longer given back.
     */
    public static final int MOST = 256;

    /**
     * How long a guest may take to end after it was interrupted, in nanoseconds; it normally takes some milliseconds.
     */
    public static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    private final long patience;
    private final Watchdog watchdog;
    private final AtomicInteger all = new AtomicInteger();
    private volatile boolean attempted;

    /**
     * Creates an instance without threads.
     *
     * @param patience how long a guest may take to end after it was interrupted, in nanoseconds
     * @param watchdog interrupts guests
     */
    public Strays(long patience, Watchdog watchdog) {
        this.patience = patience;
        this.watchdog = watchdog;
    }

    /** Returns how long a guest may take to end after it was interrupted, in nanoseconds. */
    public long patience() {
        return patience;
    }

    /** Returns the watchdog that interrupts guests and gives them up. */
    public Watchdog watchdog() {
        return watchdog;
    }

    /** Returns the current number of threads of all modules. */
    public int count() {
        return all.get();
    }

    /**
     * Returns whether one of them was a thread that must not block, such as an I/O thread; there must never be a second
     * one.
     */
    public boolean wasAttempt() {
        return attempted;
    }

    /**
     * Adds a thread that belongs to no module in service, because it loads one.
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

    /** Removes a thread whose guest has ended after all. */
    public void remove() {
        all.decrementAndGet();
    }

    /** The threads of one module. */
    public final class OfModule {
        private final AtomicInteger here = new AtomicInteger();

        /** Returns whether the module must not run. */
        public boolean isFull() {
            int now = here.get();
            return now >= MOST_OF_MODULE || now > 0 && all.get() >= MOST;
        }

        /** Returns {@link Strays#patience}. */
        public long patience() {
            return patience;
        }

        /** Returns {@link Strays#watchdog}. */
        public Watchdog watchdog() {
            return watchdog;
        }

        /** Returns the number of threads of this module. */
        public int count() {
            return here.get();
        }

        /**
         * Adds a thread; {@link #remove} follows if its guest ever ends.
         *
         * @param attempt whether it is a thread that must not block
         * @return whether its place may be given to another request
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
