// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Interrupts threads that work on something for longer than they may: the only way to stop a guest. One thread watches all;
 * it ends when there has been nothing to watch for a while, and is started again when there is. Thread-safe.
 *
 * <p>An interrupt is repeated until {@link Watch#end}: some of what a thread waits in swallows it. And it never arrives
 * late: {@code end} waits for one that is on its way and takes it back, so that whatever the thread does next is not hit
 * by it.
 *
 * <pre>
 * RUNNING -> ENDED                  in time
 *         -> FIRING -> FIRED        the thread was interrupted
 *            FIRED  -> FIRING       and is again, some ticks later
 *                   -> ENDED
 * </pre>
 *
 * <p>What is to be done at a deadline ends with it ({@code RUNNING -> ENDED}, before it is done): nobody waits for it, so
 * that it may call {@code end} itself.
 *
 * <p>A thread that does not end for all that can be given up: something is done then, once, and the interrupts go on.
 */
public final class Watchdog {

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** How exact deadlines are. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Ticks without anything to watch after which the thread ends. */
    private static final int QUIET_TICKS = 1000;

    /** Ticks between two interrupts of the same thread. */
    private static final int REPEAT_TICKS = 5;

    /** The one for all of this JVM. */
    public static final Watchdog SHARED = new Watchdog();

    /** What is watched now, in no order; more places follow when there are too few. */
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

    /** Nothing is started yet. */
    public Watchdog() {
        this(task -> {
            Thread thread = new Thread(task, "wagi-watchdog");
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        });
    }

    /**
     * Nothing is started yet.
     *
     * @param threads makes the thread that watches; what it or the start of its thread throws is thrown by {@code begin}
     */
    public Watchdog(ThreadFactory threads) {
        this.threads = threads;
    }

    /** One piece of work. */
    public static final class Watch extends AtomicInteger {

        private static final long serialVersionUID = 1L;
        private static final int RUNNING = 0;
        private static final int ENDED = 1;
        private static final int FIRING = 2;
        private static final int FIRED = 3;

        /** Whom to interrupt; null if there is something else to do. */
        private final transient @Nullable Thread thread;

        private final transient @Nullable Runnable action;
        private final int spread;
        private final long deadline;
        private transient @Nullable Places places;
        private int place;
        private int ticksSince;

        /** When the thread is given up. */
        private final long end;

        /** What to do then; null if it was done. Only the thread that watches changes it. */
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
         * Ends it; if it watches a thread, by that one.
         *
         * @return whether the thread was interrupted, which it is not any more, or the action has run. On a busy machine that
         *     may be long after its time, so false does not mean that it was in time
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

        /** Whether it has just ended, so that its place is free. */
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

        /** Gives the thread up if it is time to. It may have ended in the meantime, and do something else. */
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

        /** Whatever happens, the others must go on being watched. */
        private static void run(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log(e);
            }
        }

        private static void log(Throwable failure) {
            try {
                LOG.error("what was to happen at a deadline failed; this is a bug of the host", failure);
            } catch (RuntimeException | Error e) {
                // The heap may be too full even for that.
            }
        }
    }

    /**
     * Begins to watch the calling thread; {@link Watch#end} must follow.
     *
     * @param nanos how long its work may take; it is interrupted then, or a few milliseconds later
     */
    public Watch begin(long nanos) {
        long deadline = System.nanoTime() + nanos;
        return begin(new Watch(deadline, deadline, null));
    }

    /**
     * Begins to watch the calling thread; {@link Watch#end} must follow, if it comes to that.
     *
     * @param nanos as in {@link #begin(long)}
     * @param patience how much longer it may take to end after the first interrupt, in nanoseconds
     * @param giveUp is run once when it has not ended then, by the thread that watches all, so it must neither block nor
     *     throw. It may be run while, or right after, the watch is ended
     */
    public Watch begin(long nanos, long patience, Runnable giveUp) {
        long deadline = System.nanoTime() + nanos;
        return begin(new Watch(deadline, deadline + patience, giveUp));
    }

    /**
     * Begins to wait; {@link Watch#end} must follow.
     *
     * @param nanos the time after which the action is run; the watch ends with that
     * @param action is run by the thread that watches all, so it must neither block nor throw
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
            // If the JVM has no thread to give, that is known only now, and the next one tries again.
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
        // Who began before it could see that is seen here.
        if (checkAll()) {
            start();
        }
    }

    /** Whether anything is watched. Allocates nothing: it must work when the heap is full. */
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
