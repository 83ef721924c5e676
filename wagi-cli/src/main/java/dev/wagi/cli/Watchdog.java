// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Systemd's watchdog: it ends and restarts a service that has not reported for a time. Twice in that time this looks at
 * the server, and reports only if the server answers; after a look without an answer it looks once more before the time
 * is over.
 *
 * @see <a
 *     href="https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html">sd_watchdog_enabled(3)</a>
 */
final class Watchdog {

    /** The variable with the time, in microseconds. */
    static final String INTERVAL = "WATCHDOG_USEC";

    /** The variable with the process that is meant; without it, all are. */
    static final String PROCESS = "WATCHDOG_PID";

    private static final int LOOKS = 2;

    private final Duration period;
    private final Duration patience;
    private final Predicate<Duration> look;
    private final Runnable report;
    private final Consumer<String> complain;

    private Watchdog(Duration time, Predicate<Duration> look, Runnable report, Consumer<String> complain) {
        this.period = time.dividedBy(LOOKS);
        this.patience = period.dividedBy(LOOKS);
        this.look = look;
        this.report = report;
        this.complain = complain;
    }

    /**
     * Returns what the variables ask for.
     *
     * @param micros {@link #INTERVAL}
     * @param process {@link #PROCESS}
     * @param look whether the server answers within a time
     * @param report tells systemd that it does
     * @param complain takes messages
     * @return empty if nothing is to be watched
     */
    static Optional<Watchdog> of(
            @Nullable String micros,
            @Nullable String process,
            Predicate<Duration> look,
            Runnable report,
            Consumer<String> complain) {
        if (micros == null
                || (process != null
                        && !process.equals(
                                String.valueOf(ProcessHandle.current().pid())))) {
            return Optional.empty();
        }
        if (!micros.matches("[1-9][0-9]{0,17}")) {
            complain.accept("the variable " + INTERVAL
                    + " is not a number of microseconds above 0, so the watchdog is not used;"
                    + " it is set by systemd, from WatchdogSec in the unit");
            return Optional.empty();
        }
        long nanos = TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros));
        return Optional.of(new Watchdog(Duration.ofNanos(nanos), look, report, complain));
    }

    /** Looks and reports until the process ends. */
    void start() {
        Thread thread = new Thread(this::run, "wagi-watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                long began = System.nanoTime();
                long next = step().toNanos();
                TimeUnit.NANOSECONDS.sleep(next - (System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once; returns the time from the beginning of this look to that of the next. */
    Duration step() {
        try {
            if (look.test(patience)) {
                report.run();
                return period;
            }
            complain.accept("the server did not answer the watchdog within " + patience.toMillis()
                    + " ms; if it still does not, systemd restarts the service (WatchdogSec in the unit)");
        } catch (RuntimeException | Error e) {
            // No memory, for instance, or no thread: at the next look there may be.
        }
        return patience;
    }
}
