// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.time.Duration;

/** A moment until which something has to be done. */
public final class Deadline {

    private final Timing timing;
    private final Duration whole;
    private final long end;

    private Deadline(Timing timing, Duration whole) {
        this.timing = timing;
        this.whole = whole;
        this.end = timing.nanos().getAsLong() + whole.toNanos();
    }

    /** From now on. */
    public static Deadline in(Duration time, Timing timing) {
        return new Deadline(timing, time);
    }

    /** What is left; never negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, end - timing.nanos().getAsLong()));
    }

    /** How long it was from the start. */
    public Duration whole() {
        return whole;
    }
}
