// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Time and chance, so that tests need neither.
 *
 * @param nanos a monotonic clock
 * @param clock the time of day, for dates of a server
 * @param pause waits
 * @param chance from 0 to 1
 */
public record Timing(LongSupplier nanos, Clock clock, Pause pause, DoubleSupplier chance) {

    /** Waits. */
    @FunctionalInterface
    public interface Pause {
        /** Returns after the time. */
        void await(Duration time) throws InterruptedException;
    }

    /** The machine's. */
    public static Timing system() {
        return new Timing(
                System::nanoTime,
                Clock.systemUTC(),
                time -> Thread.sleep(time.toMillis()),
                () -> ThreadLocalRandom.current().nextDouble());
    }
}
