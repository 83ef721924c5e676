// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that tenants share fairly: tenants take turns, and none can occupy all threads, as tasks of strangers may
 * never end. A tenant is a namespace. Thread-safe.
 */
final class Turns implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

    private static final int IDLE_SECONDS = 10;

    private final int most;
    private final int mostOfOne;
    private final ThreadPoolExecutor threads;
    private final Map<String, Queue<FutureTask<?>>> waiting = new LinkedHashMap<>(); // guarded by this
    private final Map<String, Integer> running = new HashMap<>(); // guarded by this
    private int total; // guarded by this
    private boolean stalled; // guarded by this

    /**
     * Threads are started when they are needed.
     *
     * @param most the maximum number of threads, for all tenants together
     * @param mostOfOne the maximum number of threads for one tenant
     */
    Turns(String name, int most, int mostOfOne) {
        this(most, mostOfOne, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    Turns(int most, int mostOfOne, ThreadFactory factory) {
        this.most = most;
        this.mostOfOne = mostOfOne;
        this.threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
    }

    /**
     * Runs a task when it is its tenant's turn. Does nothing once this is closed. If no thread can be started, the task
     * waits for {@link #resume} or for another task to be submitted or to end.
     */
    synchronized Future<?> submit(String tenant, Runnable task) {
        FutureTask<@Nullable Void> future = new FutureTask<>(task, null);
        waiting.computeIfAbsent(tenant, any -> new ArrayDeque<>()).add(future);
        next();
        return future;
    }

    /** Tries again to start a thread if one could not be started. To be called periodically. */
    synchronized void resume() {
        if (stalled) {
            next();
        }
    }

    private synchronized void next() {
        boolean found = true;
        while (found && total < most && !threads.isShutdown()) {
            found = false;
            for (Iterator<Map.Entry<String, Queue<FutureTask<?>>>> all =
                            waiting.entrySet().iterator();
                    all.hasNext(); ) {
                Map.Entry<String, Queue<FutureTask<?>>> entry = all.next();
                String tenant = entry.getKey();
                if (running.getOrDefault(tenant, 0) < mostOfOne) {
                    if (!begin(tenant, entry.getValue().element())) {
                        return;
                    }
                    entry.getValue().remove();
                    all.remove();
                    if (!entry.getValue().isEmpty()) {
                        waiting.put(tenant, entry.getValue()); // behind the others
                    }
                    found = true;
                    break;
                }
            }
        }
    }

    /** Starts a task; returns false if there is no thread for it. Called with the lock. */
    private boolean begin(String tenant, FutureTask<?> task) {
        running.merge(tenant, 1, Integer::sum);
        total++;
        try {
            threads.execute(() -> run(tenant, task));
            stalled = false;
            return true;
        } catch (RuntimeException | Error e) {
            ended(tenant);
            if (!stalled && !threads.isShutdown()) {
                stalled = true;
                LOG.warn("no thread can be started, trying again: {}", e.toString());
            }
            return false;
        }
    }

    private void run(String tenant, FutureTask<?> task) {
        try {
            task.run();
        } finally {
            ended(tenant);
            next();
        }
    }

    private synchronized void ended(String tenant) {
        total--;
        running.computeIfPresent(tenant, (name, count) -> count == 1 ? null : count - 1);
    }

    /** Interrupts running tasks; waiting tasks are not started. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
