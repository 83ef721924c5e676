// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.util.concurrent.TimeUnit;

/**
 * Decides whether the guests of an endpoint have been fast recently, so that they may run on a thread that must not
 * block.
 *
 * <p>Sixteen runs below 250 microseconds are required; each longer run cancels eight of them rather than all, because a
 * thread may occasionally wait for the processor. An endpoint that exceeds its {@link #BUDGET} must then be fast for
 * twice as many runs before it may try again, up to 65536: a guest that is slow occasionally, or deliberately, soon
 * gets no further chance. A thousand successful attempts halve the number again.
 *
 * <p>Threads share an instance without locks; a lost update does no harm.
 */
final class Pace {

    /** The maximum time of a run on a thread that must not block, in nanoseconds. */
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

    /** Returns whether to make an attempt. */
    boolean isQuick() {
        return quickRuns >= required;
    }

    /** Records a run that ended normally. */
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

    /** Records a run that trapped or was stopped: its instance is lost, so another one must be created. */
    void failed() {
        quickRuns = Math.max(0, quickRuns - PENALTY);
    }

    /** Records an attempt that took too long or was given up. */
    void overran() {
        quickRuns = 0;
        goodRuns = 0;
        required = Math.min(MOST, required * 2);
    }
}
