// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.util.concurrent.TimeUnit;

/**
 * Knows whether the guests of an endpoint have been quick lately, so that they may run on a thread that others wait for.
 *
 * <p>It takes sixteen runs below 250 microseconds; each one above that undoes eight of them, because now and then a thread
 * just does not get the processor. Whoever overruns its {@link #BUDGET} must be quick for twice as long before it may try
 * again, up to 65536 runs: a guest that is slow now and then, or out of malice, soon never gets the chance. A thousand good
 * tries halve that again.
 *
 * <p>Threads share it without locks: an update that is lost does no harm.
 */
final class Pace {

    /** What a run on a thread that others wait for may take before it is stopped, in nanoseconds. */
    static final long BUDGET = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long QUICK = TimeUnit.MICROSECONDS.toNanos(250);
    private static final int LEAST = 16;
    private static final int MOST = 1 << 16;
    private static final int PENALTY = 8;
    private static final int RESERVE = 32;
    private static final int GOOD_RUNS = 1000;

    private int quickRuns;
    private int required = LEAST;
    private int goodRuns;

    /** Whether to try. */
    boolean isQuick() {
        return quickRuns >= required;
    }

    /** Notes a run that ended by itself. */
    void ended(long nanos) {
        if (nanos > QUICK) {
            failed();
        } else if (quickRuns < required + RESERVE) {
            quickRuns++;
        } else if (required > LEAST && ++goodRuns >= GOOD_RUNS) {
            goodRuns = 0;
            required /= 2;
            quickRuns = required + RESERVE;
        }
    }

    /** Notes a run that ended in a trap or was stopped: its instance is gone, which costs another one. */
    void failed() {
        quickRuns = Math.max(0, quickRuns - PENALTY);
    }

    /** Notes a run on a thread that others wait for which took too long, or was for nothing. */
    void overran() {
        quickRuns = 0;
        goodRuns = 0;
        required = Math.min(MOST, required * 2);
    }
}
