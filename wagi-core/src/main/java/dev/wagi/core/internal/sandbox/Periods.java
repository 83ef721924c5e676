// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.internal.thread.SharedThread;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks after a fixed period, on one thread that ends when no tasks are left. The JDK's shared timers never end:
 * one of them would retain the class loader of the first web application that used it until the JVM exits.
 */
final class Periods {

    /** How often a pool looks for sandboxes that are no longer needed. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** How long the thread stays when it is idle. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(1);

    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private Periods() {}

    /** Runs a task after one period, unless it is cancelled. The task must be short. */
    static Future<?> afterOne(Runnable task) {
        return TIMER.schedule(task, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, task -> SharedThread.of(task, "wagi-pools"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }
}
