// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.internal.thread.SharedThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Interrupts threads that exceed their time, which is the only way to stop a guest. A single thread watches all of
 * them; it ends after a while without work and is started again when needed. Thread-safe.
 *
 * <p>Interrupts are repeated until {@link Watch#end}, because some blocking operations swallow them. An interrupt never
 * arrives late: {@code end} waits for one that is being delivered and clears it, so that it cannot hit what the thread
 * does next.
 *
 * <pre>
 * RUNNING -> ENDED                  in time
 *         -> FIRING -> FIRED        the thread was interrupted
 *            FIRED  -> FIRING       and is again, some ticks later
 *                   -> ENDED
 * </pre>
 *
 * <p>An action that is scheduled for a deadline ends its watch before it runs ({@code RUNNING -> ENDED}): nothing waits
 * for it, so it may call {@code end} itself.
 *
 * <p>A thread that does not react to its interrupts can be given up: an action runs then, once, and the interrupts
 * continue.
 */
public final class Watchdog {

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** The resolution of deadlines. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** The number of idle ticks after which the thread ends. */
    private static final int QUIET_TICKS = 1000;

    /** The number of ticks between two interrupts of the same thread. */
    private static final int REPEAT_TICKS = 5;

    /** The instance that is shared by the whole JVM. */
    public static final Watchdog SHARED = new Watchdog();

    /** What is watched now, in no particular order; a further array follows when the places are used up. */
    private static final class Places extends AtomicReferenceArray<@Nullable Watch> {
        private static final long serialVersionUID = 1L;
        private static final int COUNT = 64;

        private transient volatile @Nullable Places next;

        Places() {
            super(COUNT);
        }

        boolean take(Watch watch) {
            int start = watch.spread & Integer.MAX_VALUE;
            for (int i = 0; i < COUNT; i++) {
                int place = (start % COUNT + i) % COUNT;
                if (get(place) == null && compareAndSet(place, null, watch)) {
                    watch.places = this;
                    watch.place = place;
                    return true;
                }
            }
            return false;
        }
    }

    private final Places first = new Places();

    private final ThreadFactory threads;

    private volatile @Nullable Thread watcher;

    /** Creates a watchdog; its thread starts when it is needed. */
    public Watchdog() {
        this(task -> SharedThread.of(task, "wagi-watchdog"));
    }

    /**
     * Creates a watchdog; its thread starts when it is needed.
     *
     * @param threads creates the watching thread; {@code begin} throws what the factory or the start of the thread
     *     throws
     */
    public Watchdog(ThreadFactory threads) {
        this.threads = threads;
    }

    /** One watched piece of work. */
    public static final class Watch extends AtomicInteger {

        private static final long serialVersionUID = 1L;
        private static final int RUNNING = 0;
        private static final int ENDED = 1;
        private static final int FIRING = 2;
        private static final int FIRED = 3;

        /** The thread to interrupt; null if an action is to run instead. */
        private final transient @Nullable Thread thread;

        private final transient @Nullable Runnable action;
        private final int spread;
        private final long deadline;
        private transient @Nullable Places places;
        private int place;
        private int ticksSince;

        /** The time at which the thread is given up. */
        private final long end;

        /** The action to run then; null after it ran. Only the watching thread modifies it. */
        private transient @Nullable Runnable giveUp;

        private Watch(long deadline, long end, @Nullable Runnable giveUp) {
            this.thread = Thread.currentThread();
            this.action = null;
            this.spread = (int) thread.getId();
            this.deadline = deadline;
            this.end = end;
            this.giveUp = giveUp;
        }

        private Watch(long deadline, Runnable action) {
            this.thread = null;
            this.action = action;
            this.spread = System.identityHashCode(this);
            this.deadline = deadline;
            this.end = deadline;
        }

        /**
         * Ends the watch. A watch of a thread must be ended by that thread.
         *
         * @return whether the thread was interrupted (the interrupt is cleared), or the action has run. On a busy
         *     machine that may happen long after the deadline, so false does not mean that the deadline was met
         */
        public boolean end() {
            if (action != null) {
                boolean inTime = compareAndSet(RUNNING, ENDED);
                if (inTime) {
                    leavePlace();
                }
                return !inTime;
            }
            boolean fired = false;
            while (!compareAndSet(RUNNING, ENDED)) {
                fired = compareAndSet(FIRED, ENDED);
                if (fired) {
                    Thread.interrupted();
                    break;
                }
                Thread.onSpinWait();
            }
            leavePlace();
            return fired;
        }

        private void leavePlace() {
            if (places != null) {
                places.set(place, null);
            }
        }

        /** Returns whether the watch has ended, so that its place is free. */
        private boolean check(long now) {
            if (now - deadline < 0) {
                return false;
            }
            if (action != null) {
                return compareAndSet(RUNNING, ENDED);
            }
            if (compareAndSet(RUNNING, FIRING) || ++ticksSince > REPEAT_TICKS && compareAndSet(FIRED, FIRING)) {
                if (thread != null) {
                    thread.interrupt();
                }
                ticksSince = 1;
                set(FIRED);
            }
            return false;
        }

        /**
         * Gives the thread up if it is time. The thread may have ended its work in the meantime and be busy with
         * something else.
         */
        private void checkEnd(long now) {
            Runnable task = giveUp;
            if (task != null && now - end >= 0) {
                giveUp = null;
                run(task);
            }
        }

        private void act() {
            if (action != null) {
                run(action);
            }
        }

        /** A failure must not stop the watching of the others. */
        private static void run(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log(e);
            }
        }

        private static void log(Throwable failure) {
            try {
                LOG.error("an action that was scheduled for a deadline failed; this is a bug of the host", failure);
            } catch (RuntimeException | Error e) {
                // The heap may be too full even for logging.
            }
        }
    }

    /**
     * Starts to watch the calling thread; {@link Watch#end} must follow.
     *
     * @param nanos how long its work may take; the thread is interrupted then, or a few milliseconds later
     */
    public Watch begin(long nanos) {
        long deadline = System.nanoTime() + nanos;
        return begin(new Watch(deadline, deadline, null));
    }

    /**
     * Starts to watch the calling thread; {@link Watch#end} must follow if the work ends.
     *
     * @param deadline when it is interrupted, in terms of {@link System#nanoTime}, or a few milliseconds later
     * @param patience how much longer the work may take to end after the first interrupt, in nanoseconds
     * @param giveUp is run once if the work has not ended by then, by the watching thread, so it must neither block nor
     *     throw. It may run while the watch is ended, or right afterwards
     */
    public Watch beginUntil(long deadline, long patience, Runnable giveUp) {
        return begin(new Watch(deadline, deadline + patience, giveUp));
    }

    /**
     * Schedules an action; {@link Watch#end} must follow.
     *
     * @param nanos the time after which the action runs, which ends the watch
     * @param action is run by the watching thread, so it must neither block nor throw
     */
    public Watch begin(long nanos, Runnable action) {
        return begin(new Watch(System.nanoTime() + nanos, action));
    }

    private Watch begin(Watch watch) {
        Places places = first;
        while (!places.take(watch)) {
            places = after(places);
        }
        if (watcher == null) {
            try {
                start();
            } catch (RuntimeException | Error e) {
                watch.end();
                throw e;
            }
        }
        return watch;
    }

    private synchronized Places after(Places places) {
        Places next = places.next;
        if (next == null) {
            next = new Places();
            places.next = next;
        }
        return next;
    }

    private synchronized void start() {
        if (watcher == null) {
            Thread thread = threads.newThread(this::run);
            // If the JVM cannot create a thread, this fails only here; the next caller tries again.
            thread.start();
            watcher = thread;
        }
    }

    private synchronized void stopped() {
        watcher = null;
    }

    private void run() {
        int quiet = 0;
        while (quiet < QUIET_TICKS) {
            quiet = checkAll() ? 0 : quiet + 1;
            LockSupport.parkNanos(TICK_NANOS);
        }
        stopped();
        // Finds a watch that was added before its caller could see that this thread was ending.
        if (checkAll()) {
            start();
        }
    }

    /**
     * Checks all watches and returns whether there are any. Allocates nothing, because it must work when the heap is
     * full.
     */
    private boolean checkAll() {
        boolean busy = false;
        long now = System.nanoTime();
        for (Places places = first; places != null; places = places.next) {
            for (int i = 0; i < Places.COUNT; i++) {
                Watch watch = places.get(i);
                if (watch != null) {
                    busy = true;
                    if (watch.check(now)) {
                        places.set(i, null);
                        watch.act();
                    }
                    watch.checkEnd(now);
                }
            }
        }
        return busy;
    }
}
