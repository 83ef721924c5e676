// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A work queue by key: only one thread at a time works on a key, and does so again if the key was added meanwhile. Work
 * that throws is retried, first after 50 ms, then after increasing pauses of up to a minute. Thread-safe.
 */
final class KeyedQueue implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyedQueue.class);

    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final int MAX_DOUBLINGS = 10;
    private static final int FAILURES_WORTH_A_LINE = 4;

    private final Consumer<String> work;
    private final ScheduledThreadPoolExecutor threads;
    private final Map<String, Entry> entries = new HashMap<>(); // guarded by this

    private static final class Entry {
        private boolean queued;
        private boolean running;
        private boolean again;
        private int failures;
        private @Nullable ScheduledFuture<?> timer;
        private long due;

        boolean isIdle() {
            return !queued && !running && failures == 0 && timer == null;
        }
    }

    KeyedQueue(String name, int count, Consumer<String> work) {
        this.work = work;
        this.threads = new ScheduledThreadPoolExecutor(count, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        threads.setRemoveOnCancelPolicy(true);
    }

    /** Schedules work on a key as soon as a thread is free. */
    synchronized void add(String key) {
        if (threads.isShutdown()) {
            return;
        }
        Entry entry = entries.computeIfAbsent(key, any -> new Entry());
        if (entry.running) {
            entry.again = true;
        } else if (!entry.queued) {
            entry.queued = true;
            threads.execute(() -> run(key, entry));
        }
    }

    /** Schedules work on a key after a time, or earlier if it is already due earlier. */
    synchronized void addAfter(String key, Duration pause) {
        if (threads.isShutdown()) {
            return;
        }
        long due = System.nanoTime() + pause.toNanos();
        Entry entry = entries.computeIfAbsent(key, any -> new Entry());
        if (entry.timer != null) {
            if (entry.due - due <= 0) {
                return;
            }
            entry.timer.cancel(false);
        }
        entry.due = due;
        entry.timer = threads.schedule(() -> fire(key, entry), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Cancels what {@link #addAfter} scheduled for a key. */
    synchronized void forget(String key) {
        Entry entry = entries.get(key);
        if (entry != null && entry.timer != null) {
            entry.timer.cancel(false);
            entry.timer = null;
            if (entry.isIdle()) {
                entries.remove(key, entry);
            }
        }
    }

    private synchronized void fire(String key, Entry entry) {
        entry.timer = null;
        add(key);
    }

    private void run(String key, Entry entry) {
        synchronized (this) {
            entry.queued = false;
            entry.running = true;
        }
        boolean done = false;
        try {
            work.accept(key);
            done = true;
        } catch (RuntimeException | Error e) {
            // The first failures are normal in a cluster, such as a delayed authorizer or a conflict.
            if (entry.failures >= FAILURES_WORTH_A_LINE) {
                LOG.warn("work on {} failed, trying again: {}", key, e.toString());
            }
            LOG.debug("work on {} failed", key, e);
        } finally {
            ended(key, entry, done);
        }
    }

    private synchronized void ended(String key, Entry entry, boolean done) {
        entry.running = false;
        if (done) {
            entry.failures = 0;
        } else {
            addAfter(key, Duration.ofMillis(FIRST_PAUSE_MILLIS << Math.min(entry.failures++, MAX_DOUBLINGS)));
        }
        if (entry.again && !threads.isShutdown()) {
            entry.again = false;
            entry.queued = true;
            threads.execute(() -> run(key, entry));
        }
        if (entry.isIdle()) {
            entries.remove(key, entry);
        }
    }

    /** Returns the number of keys that are waiting, being worked on, or due later. */
    synchronized int size() {
        return entries.size();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
