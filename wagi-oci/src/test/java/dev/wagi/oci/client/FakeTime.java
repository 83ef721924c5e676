// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.oci.internal.http.Timing;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that advances only during pauses, and random numbers that are always in the middle. */
public final class FakeTime {

    /** The time of day at the start. */
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Clock calendar = new Clock() {
        @Override
        public Instant instant() {
            return START.plus(later);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    };

    private volatile Duration later = Duration.ZERO;
    private final AtomicLong nanos = new AtomicLong();
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();

    public Timing timing() {
        return new Timing(nanos::get, calendar, this::pause, () -> 0.5);
    }

    private void pause(Duration time) {
        pauses.add(time);
        pass(time);
    }

    /** Advances only the time of day. */
    public void later(Duration time) {
        later = later.plus(time);
    }

    public void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Returns the length of each pause. */
    public List<Duration> pauses() {
        return List.copyOf(pauses);
    }
}
