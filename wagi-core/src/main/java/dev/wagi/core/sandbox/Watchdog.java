// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.sandbox;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts threads that work on something for longer than they may: the only way to stop a guest. One thread watches all;
 * to begin and to end a watch costs a write each.
 *
 * <p>An interrupt never arrives late: {@link #end} waits for one that is on its way and takes it back, so that whatever the
 * thread does next is not hit by it.
 *
 * <pre>
 * watch.begin(limit)      work ...      if (watch.end()) it was interrupted
 *
 * state   0 idle -> the deadline -> 0            ended in time
 *                                -> FIRING -> FIRED -> 0
 * </pre>
 */
public final class Watchdog {

    /** How exact deadlines are. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Ticks without anything to watch after which the thread sleeps until it is woken. */
    private static final int QUIET_TICKS = 100;

    private static final long IDLE = 0;
    private static final long FIRING = 1;
    private static final long FIRED = 2;

    private static final Watchdog INSTANCE = new Watchdog();

    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Watch> own = ThreadLocal.withInitial(this::add);
    private volatile @Nullable Thread thread;
    private volatile boolean asleep;

    private Watchdog() {}

    /** The watch of the calling thread; made on first use and kept as long as the thread lives. */
    public static Watch current() {
        return INSTANCE.own.get();
    }

    /** Watches one thread, which begins and ends it. It cannot be nested. */
    public static final class Watch {
        private final Watchdog watchdog;
        private final Thread thread = Thread.currentThread();

        /** The time at which to fire, as {@link System#nanoTime} tells it, or one of the three small numbers. */
        private final AtomicLong state = new AtomicLong();

        private long deadline;

        private Watch(Watchdog watchdog) {
            this.watchdog = watchdog;
        }

        /** Begins to watch the calling thread. {@link #end} must follow. */
        public void begin(long nanos) {
            long at = System.nanoTime() + nanos;
            deadline = at >= IDLE && at <= FIRED ? FIRED + 1 : at;
            state.set(deadline);
            if (watchdog.asleep) {
                watchdog.wake();
            }
        }

        /**
         * Ends it.
         *
         * @return whether the thread was interrupted; it is not any more
         */
        public boolean end() {
            if (state.compareAndSet(deadline, IDLE)) {
                return false;
            }
            while (state.get() != FIRED) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
            state.set(IDLE);
            return true;
        }

        /** Whether anything is watched; interrupts the thread if its time is over. */
        private boolean check(long now) {
            long at = state.get();
            if (at >= IDLE && at <= FIRED) {
                return false;
            }
            if (now - at >= 0 && state.compareAndSet(at, FIRING)) {
                thread.interrupt();
                state.set(FIRED);
            }
            return true;
        }
    }

    private Watch add() {
        synchronized (watches) {
            watches.removeIf(watch -> !watch.thread.isAlive());
            Watch watch = new Watch(this);
            watches.add(watch);
            if (thread == null) {
                Thread watcher = new Thread(this::run, "wagi-watchdog");
                watcher.setDaemon(true);
                watcher.start();
                thread = watcher;
            }
            return watch;
        }
    }

    private void wake() {
        asleep = false;
        LockSupport.unpark(thread);
    }

    private void run() {
        int quiet = 0;
        while (true) {
            boolean busy = checkAll();
            quiet = busy ? 0 : quiet + 1;
            if (quiet < QUIET_TICKS) {
                LockSupport.parkNanos(TICK_NANOS);
            } else {
                asleep = true;
                // Who began before it could see that is seen here.
                if (!checkAll()) {
                    LockSupport.park(this);
                }
                asleep = false;
                quiet = 0;
            }
        }
    }

    private boolean checkAll() {
        boolean busy = false;
        long now = System.nanoTime();
        for (Watch watch : watches) {
            busy |= watch.check(now);
        }
        return busy;
    }
}
