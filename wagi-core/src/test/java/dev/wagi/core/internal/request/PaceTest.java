// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the guests of an endpoint may run on a thread that must not block. All times are made up. */
class PaceTest {

    private static final long QUICK = TimeUnit.MICROSECONDS.toNanos(10);
    private static final long SLOW = TimeUnit.MICROSECONDS.toNanos(251);
    private static final long OVER = Pace.BUDGET + 1;
    private static final long UNKNOWN = -1;

    private final Pace pace = new Pace();

    /** How many quick runs an endpoint needs until it is trusted. */
    private int needs() {
        int runs = 0;
        while (!pace.isQuick()) {
            pace.ended(QUICK);
            runs++;
        }
        return runs;
    }

    private void becomeQuick() {
        for (int i = 0; i < 100; i++) {
            pace.ended(QUICK);
        }
    }

    @Test
    void endpoint_isNew_sixteenQuickRuns() {
        assertThat(needs()).isEqualTo(16);
    }

    /**
     * What one event does to an endpoint that has been quick for long: how many quick runs until it is trusted again.
     */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            what,                                           good,  nanos,   spent,   needs
            'an attempt, quick',                            true,  10000,   10000,   0
            'an attempt, slow but within its time',         true,  2000000, 2000000, 0
            'an attempt that overran',                      true,  2000001, 2000001, 32
            'an attempt that was interrupted',              false, 2500000, 2400000, 32
            'an attempt that trapped, or wrote to its log', false, 10000,   10000,   32
            'an attempt that waited for the processor',     true,  6000000, 20000,   0
            'and was interrupted meanwhile',                false, 6000000, 20000,   0
            'as far as a mark that is half a ms old tells', false, 6000000, 750000,  0
            'one that took more than that',                 false, 6000000, 750001,  32
            """)
    void attempt_ends(String what, boolean good, long nanos, long spent, int needs) {
        becomeQuick();

        pace.attempted(good, nanos, spent);

        assertThat(needs()).as(what).isEqualTo(needs);
    }

    /** How many of the runs are attempts, which all take longer than they may. */
    private int attempts(int runs, long spent) {
        int attempts = 0;
        for (int i = 0; i < runs; i++) {
            if (pace.isQuick()) {
                pace.attempted(false, OVER, spent);
                attempts++;
            } else {
                pace.ended(QUICK);
            }
        }
        return attempts;
    }

    @Test
    void attempts_waitForTheProcessorEachTime_areMadeForAFewOfTheRunsOnly() {
        becomeQuick();

        assertThat(attempts(900, QUICK)).isBetween(90, 110);
    }

    @Test
    void attempts_overrunEachTime_areMadeLessAndLess() {
        assertThat(attempts(1_000_000, OVER)).isLessThan(30);
    }

    @Test
    void endpoint_overranAndIsGoodAgain_isTrustedSooner() {
        becomeQuick();
        pace.attempted(false, OVER, OVER);
        assertThat(needs()).isEqualTo(32);

        for (int i = 0; i < 1100; i++) {
            pace.attempted(true, QUICK, QUICK);
        }
        pace.attempted(false, OVER, OVER);

        assertThat(needs()).isEqualTo(32);
    }

    @Test
    void runs_areSlow_endpointIsNotTrusted() {
        for (int i = 0; i < 1000; i++) {
            pace.ended(i % 8 == 0 ? SLOW : QUICK);

            assertThat(pace.isQuick()).isFalse();
        }
    }

    @Test
    void processorTime_isAskedForOnceAnEndpointSeemsSlow() {
        for (int i = 0; i < 64; i++) {
            assertThat(pace.mark()).isEqualTo(UNKNOWN);
            assertThat(pace.recentMark(i)).isEqualTo(UNKNOWN);
            pace.failed();
        }

        assertThat(pace.mark()).isNotNegative();
        assertThat(pace.recentMark(0)).isNotNegative();
    }

    @Test
    void processorTime_ofARunOfATrustedEndpoint_isNotAskedFor() {
        doubt();
        becomeQuick();

        assertThat(pace.mark()).isEqualTo(UNKNOWN);
        assertThat(pace.recentMark(0)).as("of an attempt").isNotNegative();
    }

    @Test
    void run_waitsForTheProcessor_countsForWhatItUsed() {
        doubt();
        long mark = pace.mark();

        assertThat(Pace.spent(TimeUnit.DAYS.toNanos(1), mark)).isLessThan(TimeUnit.DAYS.toNanos(1));
    }

    @Test
    void run_isQuickByTheClock_isQuick() {
        doubt();

        assertThat(Pace.spent(QUICK, pace.mark())).isEqualTo(QUICK);
    }

    @Test
    void run_hasNoMark_countsForTheTimeThatPassed() {
        assertThat(Pace.spent(OVER, UNKNOWN)).isEqualTo(OVER);
    }

    /** A mark that is too old would make an attempt look as if it had used what others did before it. */
    @Test
    void markOfAnAttempt_isNotOlderThanHalfAMillisecond() {
        doubt();
        long now = Long.MAX_VALUE - 5; // overflows, as the clock may
        long mark = pace.recentMark(now);
        long used = pace.mark();
        while (used - mark < TimeUnit.MILLISECONDS.toNanos(1)) {
            used = pace.mark();
        }

        assertThat(pace.recentMark(now + TimeUnit.MICROSECONDS.toNanos(500))).isEqualTo(mark);
        assertThat(pace.recentMark(now + TimeUnit.MICROSECONDS.toNanos(501))).isGreaterThanOrEqualTo(used);
    }

    private void doubt() {
        for (int i = 0; i < 64; i++) {
            pace.failed();
        }
    }
}
