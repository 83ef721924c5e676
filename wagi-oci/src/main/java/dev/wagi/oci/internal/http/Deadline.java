// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.time.Duration;

/** The time by which an operation must be finished. */
public final class Deadline {

    private final Timing timing;
    private final Duration whole;
    private final long end;

    private Deadline(Timing timing, Duration whole) {
        this.timing = timing;
        this.whole = whole;
        this.end = timing.nanos().getAsLong() + whole.toNanos();
    }

    /** Returns a deadline that begins now. */
    public static Deadline in(Duration time, Timing timing) {
        return new Deadline(timing, time);
    }

    /** Returns the remaining time; never negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, end - timing.nanos().getAsLong()));
    }

    /** Returns the total time from the start to the deadline. */
    public Duration whole() {
        return whole;
    }
}
