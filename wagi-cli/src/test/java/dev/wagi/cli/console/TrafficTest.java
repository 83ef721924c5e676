// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rates and percentiles, with a clock that stands still. */
class TrafficTest {

    private static final long START = -5;

    private static long seconds(long seconds) {
        return START + TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void percentiles_areAtMostAnEighthTooLarge() {
        Traffic traffic = new Traffic(START);
        long[] times =
                new Random(1).longs(1000, 2_000, 60_000_000_000L).sorted().toArray();
        for (long time : times) {
            traffic.add(seconds(1), time, false);
        }

        Snapshot.Traffic read = traffic.read(seconds(2));

        assertPercentile(read.p50(), times[499]);
        assertPercentile(read.p95(), times[949]);
        assertPercentile(read.p99(), times[989]);
    }

    private static void assertPercentile(double millis, long nanos) {
        assertThat(millis * 1e6).isBetween((double) nanos, nanos * 1.125 + 1);
    }

    /** What no guest takes does not end in a place that does not exist. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 1023, 1024, 1025, 1L << 37, 1L << 40, Long.MAX_VALUE})
    void anyTime_hasABucket(long nanos) {
        Traffic traffic = new Traffic(START);

        traffic.add(seconds(0), nanos, false);

        assertThat(traffic.read(seconds(0)).p50()).isPositive();
    }

    @Test
    void oldTimes_areForgotten() {
        Traffic traffic = new Traffic(START);
        traffic.add(seconds(1), TimeUnit.SECONDS.toNanos(10), false);
        traffic.add(seconds(31), TimeUnit.MILLISECONDS.toNanos(1), false);

        assertThat(traffic.read(seconds(31)).p99()).isGreaterThan(10_000);
        assertThat(traffic.read(seconds(61)).p99()).isCloseTo(1, within(0.125));
        assertThat(traffic.read(seconds(99)).p99()).isZero();
        assertThat(traffic.read(seconds(99_999)).count()).isEqualTo(2);
    }

    @Test
    void rate_isOfWholeSeconds() {
        Traffic traffic = new Traffic(START);
        for (int i = 0; i < 30; i++) {
            traffic.add(seconds(100), 1, false);
        }
        assertThat(traffic.read(seconds(100)).perSecond()).isZero();
        traffic.add(seconds(101), 1, true);

        assertThat(traffic.read(seconds(102)).perSecond()).isEqualTo(3.1);
        assertThat(traffic.read(seconds(102)).failures()).isEqualTo(1);
        assertThat(traffic.read(seconds(111)).perSecond()).isEqualTo(0.1);
        assertThat(traffic.read(seconds(112)).perSecond()).isZero();
        int[] history = traffic.read(seconds(112)).history();
        assertThat(history).hasSize(59);
        assertThat(Arrays.stream(history).sum()).isEqualTo(31);
        assertThat(Arrays.stream(traffic.read(seconds(160)).history()).sum()).isEqualTo(1);
        assertThat(Arrays.stream(traffic.read(seconds(161)).history()).sum()).isZero();
    }
}
