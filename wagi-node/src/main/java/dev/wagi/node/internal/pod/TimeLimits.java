// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts calls at their time limit. Its thread does nothing else, so that nobody's alarm waits for an API or a
 * lock. The alarm of a call that has returned is forgotten at once. Thread-safe.
 */
final class TimeLimits implements AutoCloseable {

    private final LongSupplier nanoTime;
    private final ScheduledThreadPoolExecutor alarms;

    /** @param nanoTime as {@link System#nanoTime()} */
    TimeLimits(String name, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        alarms.setRemoveOnCancelPolicy(true);
    }

    /** Returns the result, or null if the call was interrupted or took longer, as a busy machine may ring late. */
    <T> @Nullable T within(Duration limit, Supplier<T> call) {
        long begun = nanoTime.getAsLong();
        Alarm alarm = new Alarm(Thread.currentThread());
        Future<?> due = alarms.schedule(alarm, limit.toNanos(), TimeUnit.NANOSECONDS);
        boolean rang = false;
        T result;
        try {
            result = call.get();
        } finally {
            due.cancel(false);
            rang = alarm.stop();
        }
        return rang || nanoTime.getAsLong() - begun > limit.toNanos() ? null : result;
    }

    /** An alarm that interrupts a thread unless it is stopped before. */
    private static final class Alarm implements Runnable {
        private final Thread thread;
        private boolean stopped; // guarded by this
        private boolean rang; // guarded by this

        Alarm(Thread thread) {
            this.thread = thread;
        }

        @Override
        public synchronized void run() {
            if (!stopped) {
                rang = true;
                thread.interrupt();
            }
        }

        /** Returns whether it rang; it interrupts nothing after this call. Called by the thread. */
        synchronized boolean stop() {
            stopped = true;
            if (rang) {
                Thread.interrupted();
            }
            return rang;
        }
    }

    /** Returns the number of alarms that have not rung yet. */
    int pending() {
        return alarms.getQueue().size();
    }

    @Override
    public void close() {
        alarms.shutdownNow();
    }
}
