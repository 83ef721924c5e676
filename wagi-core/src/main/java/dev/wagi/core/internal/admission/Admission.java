// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which requests run and which wait: a limited number of each module at the same time, a limited number of all, the
 * others in one queue in the order of their arrival. A part of both is kept for modules that have nothing of it. A request runs as soon as both its module and the whole have room; one whose module is
 * busy is overtaken by those of others, so that a module that is flooded does not hold up the rest.
 *
 * <p>Thread-safe. When nobody waits, to enter and to leave take no lock.
 */
public final class Admission {

    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    /** So few that nothing of them is kept. */
    private static final int FEW = 4;

    private final Strays strays;
    private volatile int maxRunning;
    private volatile int maxWaiting;

    /** What of both is kept for modules of which nothing runs, or waits. */
    private volatile int reserveRunning;

    private volatile int reserveWaiting;
    private final AtomicInteger running = new AtomicInteger();

    /** How many wait; changed under the lock, read without it. */
    private volatile int waiting;

    /** Guarded by itself, as are the states of waiters and the counts of those that wait. */
    private final Deque<Waiter> queue = new ArrayDeque<>();

    /**
     * Without bounds yet.
     *
     * @param strays counts threads whose requests have given their places back before their end
     */
    public Admission(Strays strays) {
        this.strays = strays;
    }

    /** The threads whose requests have given their places back before their end. */
    public Strays strays() {
        return strays;
    }

    /** Bounds of the whole; those that run or wait already go on. Nobody may run before they are set. */
    public void limit(int moreRunning, int moreWaiting) {
        limit(moreRunning, moreWaiting, 1);
    }

    /**
     * Bounds of the whole, of which an eighth is kept for modules that have nothing of it.
     *
     * @param modules how many there are: no more is kept than the others could use
     */
    public void limit(int moreRunning, int moreWaiting, int modules) {
        reserveRunning = reserve(moreRunning, modules);
        reserveWaiting = reserve(moreWaiting, modules);
        maxRunning = moreRunning;
        maxWaiting = moreWaiting;
        dispatch();
    }

    private static int reserve(int whole, int modules) {
        return whole < FEW ? 0 : Math.min(Math.max(1, whole / 8), modules - 1);
    }

    /** How many may run. */
    public int maxRunning() {
        return maxRunning;
    }

    /** A module's own bounds. */
    public Lane lane(int laneRunning, int laneWaiting) {
        return new Lane(laneRunning, laneWaiting);
    }

    /** What became of a request that wants to run. */
    public enum Verdict {
        /** It may run; {@link Lane#leave} must follow. */
        ADMITTED,
        /** It must wait: {@link Waiter#admitted} is called unless it gives up. */
        WAITS,
        /** There is no room to wait. */
        REFUSED
    }

    /** A request that waits for its turn. */
    public abstract static class Waiter {
        private @Nullable Lane lane;
        private boolean waits;

        /** The one that is admitted after it: what it takes to let them in cannot fail for want of heap. */
        private @Nullable Waiter next;

        /**
         * It may run, and {@link Lane#leave} must follow. Called once at most, by any thread, which it must not hold up.
         *
         * @return false if it does not run after all; then {@code leave} must not follow
         */
        protected abstract boolean admitted();

        /** Gives up waiting; true if it was not admitted and will not be. */
        public final boolean giveUp() {
            Lane waitsIn = lane;
            return waitsIn != null && waitsIn.remove(this);
        }
    }

    /** The requests of one module. */
    public final class Lane {
        private final int laneRunning;
        private final int laneWaiting;
        private final AtomicInteger runningHere = new AtomicInteger();
        private final Strays.OfModule straysHere = strays.new OfModule();
        private int waitingHere;

        private Lane(int laneRunning, int laneWaiting) {
            this.laneRunning = laneRunning;
            this.laneWaiting = laneWaiting;
        }

        /** As {@link Admission#strays}, of this module. */
        public Strays.OfModule strays() {
            return straysHere;
        }

        /** Enters if that needs no waiting; if it answers true, {@link #leave} must follow. */
        public boolean tryEnter() {
            if (waiting != 0) {
                return false;
            }
            if (take()) {
                return true;
            }
            if (waiting > 0) {
                // What was taken of this lane and given back may have kept out one that had just begun to wait.
                dispatch();
            }
            return false;
        }

        /** Whether one more would be refused, or was a moment ago. */
        public boolean isFull() {
            if (waiting == 0 && laneWaiting > 0 && maxWaiting > reserveWaiting) {
                return false;
            }
            synchronized (queue) {
                return isFullNow() && !hasRoom();
            }
        }

        /** Enters, now or later; it may be admitted before this returns. */
        public Verdict enter(Waiter waiter) {
            if (tryEnter()) {
                return Verdict.ADMITTED;
            }
            synchronized (queue) {
                if (isFullNow()) {
                    // It may be others that fill the queue, waiting for modules of their own.
                    return waitingHere == 0 && take() ? Verdict.ADMITTED : Verdict.REFUSED;
                }
                queue.addLast(waiter);
                waiter.lane = this;
                waiter.waits = true;
                waitingHere++;
                waiting++;
            }
            // There may be room after all; and who left before it could see that somebody waits told nobody.
            dispatch();
            return Verdict.WAITS;
        }

        /**
         * Enters, waiting on this thread for as long as it takes.
         *
         * @param deadline in terms of {@link System#nanoTime}
         * @return {@code WAITS} if the time was over or the thread interrupted
         */
        public Verdict enter(long deadline) {
            Parked waiter = new Parked();
            Verdict verdict = enter(waiter);
            return verdict == Verdict.WAITS && waiter.await(deadline) ? Verdict.ADMITTED : verdict;
        }

        /** Makes room for another one. */
        public void leave() {
            give();
            if (waiting > 0) {
                dispatch();
            }
        }

        private void give() {
            running.decrementAndGet();
            runningHere.decrementAndGet();
        }

        private boolean take() {
            if (!increment(runningHere, laneRunning)) {
                return false;
            }
            // One that is alone here may have what is kept. Two at the same time may both find that they are not.
            int most = runningHere.get() == 1 ? maxRunning : maxRunning - reserveRunning;
            if (!increment(running, most)) {
                runningHere.decrementAndGet();
                return false;
            }
            return true;
        }

        private boolean isFullNow() {
            return waitingHere >= laneWaiting
                    || waiting >= (waitingHere == 0 ? maxWaiting : maxWaiting - reserveWaiting);
        }

        private boolean hasRoom() {
            int here = runningHere.get();
            return here < laneRunning && running.get() < (here == 0 ? maxRunning : maxRunning - reserveRunning);
        }

        private boolean remove(Waiter waiter) {
            synchronized (queue) {
                if (!waiter.waits) {
                    return false;
                }
                queue.remove(waiter);
                forget(waiter);
                return true;
            }
        }

        private void forget(Waiter waiter) {
            waiter.waits = false;
            waitingHere--;
            waiting--;
        }
    }

    private static boolean increment(AtomicInteger count, int max) {
        while (true) {
            int now = count.get();
            if (now >= max) {
                return false;
            }
            if (count.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /** Lets in who can run now, the one that has waited for longest first. */
    private void dispatch() {
        // A loop and not a call of leave(): if none of those that wait can run, there may be too many for the stack.
        boolean again = true;
        while (again) {
            again = false;
            Waiter waiter = admit();
            while (waiter != null) {
                Waiter next = waiter.next;
                waiter.next = null;
                Lane lane = waiter.lane;
                if (!admitted(waiter) && lane != null) {
                    lane.give();
                    again = true;
                }
                waiter = next;
            }
        }
    }

    /** Those that come after it must be let in whatever becomes of this one. */
    private static boolean admitted(Waiter waiter) {
        try {
            return waiter.admitted();
        } catch (RuntimeException | Error e) {
            try {
                LOG.error("a request whose turn it was cannot run", e);
            } catch (RuntimeException | Error silent) {
                // The heap may be too full even for that.
            }
            return false;
        }
    }

    /** Takes those that can run now out of the queue; the first of them. */
    private @Nullable Waiter admit() {
        Waiter first = null;
        Waiter last = null;
        synchronized (queue) {
            Iterator<Waiter> waiters = queue.iterator();
            while (waiters.hasNext() && running.get() < maxRunning) {
                Waiter waiter = waiters.next();
                Lane lane = waiter.lane;
                if (lane != null && lane.take()) {
                    waiters.remove();
                    lane.forget(waiter);
                    if (last == null) {
                        first = waiter;
                    } else {
                        last.next = waiter;
                    }
                    last = waiter;
                }
            }
        }
        return first;
    }

    /** Waits on its thread. */
    private static final class Parked extends Waiter {
        private final Thread thread = Thread.currentThread();
        private volatile boolean admitted;

        @Override
        protected boolean admitted() {
            admitted = true;
            LockSupport.unpark(thread);
            return true;
        }

        boolean await(long deadline) {
            while (!admitted) {
                long rest = deadline - System.nanoTime();
                if ((rest <= 0 || thread.isInterrupted()) && giveUp()) {
                    return false;
                }
                // If it could not give up, it is being admitted just now.
                LockSupport.parkNanos(this, Math.max(rest, 1));
            }
            return true;
        }
    }
}
