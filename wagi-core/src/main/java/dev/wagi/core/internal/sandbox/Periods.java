// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks after a period, on one thread that ends when no task is left. The JDK's shared timers never end: one of them would
 * keep the class loader of the first web application that used it until the JVM ends.
 */
final class Periods {

    /** How often a pool looks for sandboxes that nobody needs. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** How long the thread stays when there is nothing to do. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(1);

    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private Periods() {}

    /** Runs a task when a period has passed, unless it is cancelled. It must be short. */
    static Future<?> afterOne(Runnable task) {
        return TIMER.schedule(task, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "wagi-pools");
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }
}
