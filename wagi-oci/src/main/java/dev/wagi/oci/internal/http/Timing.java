// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Clocks, pauses and random numbers, which tests replace.
 *
 * @param nanos a monotonic clock
 * @param clock the time of day, for dates from a server
 * @param pause waits for a time
 * @param chance random numbers from 0 to 1
 */
public record Timing(LongSupplier nanos, Clock clock, Pause pause, DoubleSupplier chance) {

    /** Waits for a time. */
    @FunctionalInterface
    public interface Pause {
        /** Returns after the time. */
        void await(Duration time) throws InterruptedException;
    }

    /** Returns the system's clocks, pauses and random numbers. */
    public static Timing system() {
        return new Timing(
                System::nanoTime,
                Clock.systemUTC(),
                time -> Thread.sleep(time.toMillis()),
                () -> ThreadLocalRandom.current().nextDouble());
    }
}
