// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which requests run and which wait. A limited number of each module and of all modules together run at the
 * same time; the others wait in one queue in the order of their arrival. A part of both limits is reserved for modules
 * that use none of them. A request runs as soon as both its module and the total have room. A request whose module is
 * busy is overtaken by requests of other modules, so that a flooded module does not delay the rest.
 *
 * <p>Thread-safe. While no request waits, entering and leaving take no lock.
 */
public final class Admission {

    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    /** Limits up to this number are too small to reserve a part. */
    private static final int FEW = 4;

    private final Strays strays;
    private final Supplier<Seats> seats;
    private volatile int maxRunning;
    private volatile int maxWaiting;

    /** The parts of both limits that are reserved for modules that have no running, or no waiting, request. */
    private volatile int reserveRunning;

    private volatile int reserveWaiting;
    private final AtomicInteger running = new AtomicInteger();

    /** The number of waiting requests; changed under the lock, read without it. */
    private volatile int waiting;

    /** Guarded by its own lock, as are the states of waiters and the counts of waiting requests. */
    private final Deque<Waiter> queue = new ArrayDeque<>();

    /**
     * Creates an instance without limits.
     *
     * @param strays counts threads whose requests gave their places back before their guests ended
     */
    public Admission(Strays strays) {
        this(strays, Seats::new);
    }

    /** The same with other seats of each module. */
    public Admission(Strays strays, Supplier<Seats> seats) {
        this.strays = strays;
        this.seats = seats;
    }

    /** Returns the count of threads whose requests gave their places back before their guests ended. */
    public Strays strays() {
        return strays;
    }

    /**
     * Sets the total limits; requests that run or wait already are not affected. Must be called before the first
     * request.
     */
    public void limit(int moreRunning, int moreWaiting) {
        limit(moreRunning, moreWaiting, 1);
    }

    /**
     * Sets the total limits, of which an eighth is reserved for modules that use none of them.
     *
     * @param modules the number of modules; no more is reserved than the others could use
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

    /** Returns how many requests may run. */
    public int maxRunning() {
        return maxRunning;
    }

    /** Returns how many requests run now. */
    public int running() {
        return running.get();
    }

    /** Returns how many requests wait now. */
    public int waiting() {
        return waiting;
    }

    /** Creates a lane with a module's own limits. */
    public Lane lane(int laneRunning, int laneWaiting) {
        return new Lane(laneRunning, laneWaiting);
    }

    /** The outcome for a request that wants to run. */
    public enum Verdict {
        /** The request may run; {@link Lane#leave} must follow. */
        ADMITTED,
        /** The request must wait: {@link Waiter#admitted} is called unless it gives up. */
        WAITS,
        /** The queue is full. */
        REFUSED
    }

    /** A request that waits for its turn. */
    public abstract static class Waiter {
        private @Nullable Lane lane;
        private boolean waits;

        /** The waiter to admit after this one; an intrusive list, so that admitting cannot fail for lack of heap. */
        private @Nullable Waiter next;

        /**
         * Called when the request may run; {@link Lane#leave} must follow. Called at most once, by any thread, which it
         * must not block.
         *
         * @return false if the request does not run after all; then {@code leave} must not follow
         */
        protected abstract boolean admitted();

        /** Stops waiting; returns true if the request was not admitted and will not be. */
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
        private final Seats seatsHere = seats.get();
        private int waitingHere;

        /** Whether requests may run; if not, they wait. */
        private volatile boolean open = true;

        /** Called when a request finds the lane shut. */
        private volatile Runnable wanted = () -> {};

        private Lane(int laneRunning, int laneWaiting) {
            this.laneRunning = laneRunning;
            this.laneWaiting = laneWaiting;
        }

        /**
         * Shuts the lane, so that its requests wait, within the same limits as ever, until {@link #open} is called.
         *
         * @param whenWanted called after a request has begun to wait, or was refused, because the lane is shut; on the
         *     thread of the request, which it must not block
         */
        public void shut(Runnable whenWanted) {
            wanted = whenWanted;
            open = false;
        }

        /** Shuts the lane if no request runs or waits in it. */
        public boolean tryShut() {
            open = false;
            // A request counts itself first and looks then, so that one of the two is seen here.
            if (runningHere.get() == 0 && waiting() == 0) {
                return true;
            }
            open();
            return false;
        }

        /** Lets the requests run. */
        public void open() {
            open = true;
            dispatch();
        }

        /** Returns the count of {@link Admission#strays} for this module. */
        public Strays.OfModule strays() {
            return straysHere;
        }

        /** Returns what the module's guests compute on. */
        public Seats seats() {
            return seatsHere;
        }

        /** Returns how many requests of the module run now. */
        public int running() {
            return runningHere.get();
        }

        /** Returns how many requests of the module wait now. */
        public int waiting() {
            synchronized (queue) {
                return waitingHere;
            }
        }

        /** Enters if that requires no waiting; if it returns true, {@link #leave} must follow. */
        public boolean tryEnter() {
            if (waiting != 0) {
                return false;
            }
            if (take()) {
                return true;
            }
            if (waiting > 0) {
                // A place that was taken in this lane and given back may have been refused to a request that had just
                // begun to wait.
                dispatch();
            }
            return false;
        }

        /** Returns whether another request would be refused, or would have been a moment ago. */
        public boolean isFull() {
            if (waiting == 0 && laneWaiting > 0 && maxWaiting > reserveWaiting) {
                return false;
            }
            synchronized (queue) {
                return isFullNow() && !hasRoom();
            }
        }

        /** Enters now or later; the request may be admitted before this method returns. */
        public Verdict enter(Waiter waiter) {
            if (tryEnter()) {
                return Verdict.ADMITTED;
            }
            boolean refused = false;
            synchronized (queue) {
                if (isFullNow()) {
                    // The queue may be full of requests for other modules that are busy.
                    if (waitingHere == 0 && take()) {
                        return Verdict.ADMITTED;
                    }
                    refused = true;
                } else {
                    queue.addLast(waiter);
                    waiter.lane = this;
                    waiter.waits = true;
                    waitingHere++;
                    waiting++;
                }
            }
            if (!open) {
                wanted.run();
            }
            if (refused) {
                return Verdict.REFUSED;
            }
            // There may be room by now, and a request that left before it could see this waiter has not dispatched
            // it.
            dispatch();
            return Verdict.WAITS;
        }

        /**
         * Enters, blocking this thread while the request waits.
         *
         * @param deadline in terms of {@link System#nanoTime}
         * @return {@code WAITS} if the deadline has passed or the thread was interrupted
         */
        public Verdict enter(long deadline) {
            Parked waiter = new Parked();
            Verdict verdict = enter(waiter);
            return verdict == Verdict.WAITS && waiter.await(deadline) ? Verdict.ADMITTED : verdict;
        }

        /** Gives the place back. */
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
            // A module with a single running request may use the reserve. Two concurrent requests may both fail to
            // see that they are alone.
            int most = runningHere.get() == 1 ? maxRunning : maxRunning - reserveRunning;
            if (!increment(running, most)) {
                runningHere.decrementAndGet();
                return false;
            }
            if (!open) {
                give();
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
            return open && here < laneRunning && running.get() < (here == 0 ? maxRunning : maxRunning - reserveRunning);
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

    /** Admits the requests that can run now, the longest-waiting first. */
    private void dispatch() {
        // A loop rather than a call of leave(), because many waiters that cannot run would overflow the stack.
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

    /** A failure of this request must not prevent those behind it from being admitted. */
    private static boolean admitted(Waiter waiter) {
        try {
            return waiter.admitted();
        } catch (RuntimeException | Error e) {
            try {
                LOG.error("a request whose turn it was cannot run", e);
            } catch (RuntimeException | Error silent) {
                // The heap may be too full even for logging.
            }
            return false;
        }
    }

    /** Removes the requests that can run now from the queue and returns the first of them. */
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

    /** Blocks the thread of the request. */
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
                // If it could not give up, it is being admitted right now.
                LockSupport.parkNanos(this, Math.max(rest, 1));
            }
            return true;
        }
    }
}
