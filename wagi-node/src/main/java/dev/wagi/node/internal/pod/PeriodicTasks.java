// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs periodic tasks that survive their failures. A scheduled executor silently drops a task that throws: the node
 * would lose its heartbeat, and its certificates would expire.
 */
public final class PeriodicTasks {

    private static final Logger LOG = LoggerFactory.getLogger(PeriodicTasks.class);

    private PeriodicTasks() {}

    /**
     * Runs a task periodically until the executor is shut down.
     *
     * @param name of the task in the log
     * @param delay before the first run
     * @param interval between the end of a run and the start of the next, above 0
     */
    public static void start(
            ScheduledExecutorService executor, String name, Duration delay, Duration interval, Runnable task) {
        executor.scheduleWithFixedDelay(
                guarded(name, task), delay.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Returns a task that logs what the given one throws. Only the first of consecutive failures is a warning. The task
     * is not thread-safe.
     */
    public static Runnable guarded(String name, Runnable task) {
        return new Runnable() {
            private boolean failed;

            @Override
            public void run() {
                try {
                    task.run();
                    failed = false;
                } catch (RuntimeException | Error e) {
                    boolean again = failed;
                    failed = true;
                    report(name, again, e);
                }
            }
        };
    }

    private static void report(String name, boolean again, Throwable failure) {
        try {
            if (again) {
                LOG.debug("{} failed again", name, failure);
            } else {
                LOG.warn("{} failed and will be tried again", name, failure);
            }
        } catch (RuntimeException | Error silent) {
            // The heap may be too full to log it.
        }
    }
}
