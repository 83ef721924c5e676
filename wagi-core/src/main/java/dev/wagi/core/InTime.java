// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.sandbox.Watchdog;
import java.time.Duration;
import java.util.function.Supplier;

/** Runs what a module does while it is loaded, within the time that one request of it has. */
final class InTime {

    private InTime() {}

    /**
     * Runs it on the calling thread.
     *
     * @param what names it in a message
     * @throws ModuleLoadException what the step threw, or that it took too long
     */
    static <T> T call(ModuleConfiguration configuration, String what, Supplier<T> step) {
        Duration timeout = configuration.limits().timeout();
        Watchdog.Watch watch = Watchdog.SHARED.begin(timeout.toNanos());
        boolean late = false;
        try {
            try {
                return step.get();
            } finally {
                late = watch.end();
            }
        } catch (ModuleLoadException e) {
            throw late
                    ? new ModuleLoadException(
                            configuration.source() + " takes longer than " + timeout.toMillis() + " ms in " + what
                                    + ", its timeout; raise it, or do less there",
                            e)
                    : e;
        }
    }
}
