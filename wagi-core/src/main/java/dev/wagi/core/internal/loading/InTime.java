// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the code of a module that runs while it is loaded, within the timeout of its requests and on a separate thread.
 * Code that does not end although it was interrupted is left behind on that thread.
 */
final class InTime {

    private static final Logger LOG = LoggerFactory.getLogger(InTime.class);

    private InTime() {}

    /** A step of loading that runs the module's code. */
    enum Step {
        INSTANTIATE("to be instantiated", "do less in its start function if it has one"),
        DECLARE_ROUTES("in " + RouteDeclarations.FUNCTION, "do less there");

        private final String what;
        private final String remedy;

        Step(String what, String remedy) {
            this.what = what;
            this.remedy = remedy;
        }
    }

    /**
     * Runs a step and waits for it.
     *
     * @param step the step
     * @param strays counts the thread if the step does not end, and says how long to wait for that
     * @throws ModuleLoadException if the step threw it, or took too long
     */
    static <T> T call(ModuleConfiguration configuration, Step step, Strays strays, Supplier<T> work) {
        Duration timeout = configuration.limits().timeout();
        // Each step counts until it ends, so that the total is known before another one begins.
        if (!strays.tryAdd()) {
            throw new ModuleLoadException(configuration.source() + " cannot be loaded: " + Strays.MOST
                    + " threads are held by guests that do not end; restart the process");
        }
        FutureTask<T> task = new FutureTask<>(() -> {
            Watchdog.Watch watch = strays.watchdog().begin(timeout.toNanos());
            long deadline = System.nanoTime() + timeout.toNanos();
            boolean late = false;
            try {
                try {
                    return work.get();
                } finally {
                    late = watch.end();
                }
            } catch (ModuleLoadException e) {
                // Even without an interrupt, because the watchdog may be late on a busy machine.
                throw late || System.nanoTime() - deadline >= 0 ? tooLong(configuration, step, e) : e;
            } finally {
                strays.remove();
            }
        });
        Thread thread = new Thread(task, "wagi-load-guest");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (RuntimeException | Error e) {
            strays.remove();
            throw e;
        }
        try {
            return task.get(timeout.toNanos() + strays.patience(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException("BUG: loading failed; please report this", e);
        } catch (TimeoutException e) {
            Throwable stack = new Throwable("the stack of " + thread.getName());
            stack.setStackTrace(thread.getStackTrace());
            LOG.error(
                    "guest '{}' takes longer than its timeout {}, and does not end after its interrupts; its thread is"
                            + " left to it. This is a bug of the host or its engine; please report it, with the stack",
                    configuration.name(),
                    step.what,
                    stack);
            throw tooLong(configuration, step, e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new ModuleLoadException(configuration.source() + " was not loaded: interrupted", e);
        }
    }

    private static ModuleLoadException tooLong(ModuleConfiguration configuration, Step step, Exception cause) {
        return new ModuleLoadException(
                configuration.source() + " takes longer than "
                        + configuration.limits().timeout().toMillis() + " ms " + step.what
                        + ", its timeout; raise it, or " + step.remedy,
                cause);
    }
}
