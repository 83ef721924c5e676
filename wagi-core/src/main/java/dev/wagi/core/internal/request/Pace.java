// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
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
 * <p>On a machine whose processors are all busy, a thread waits for one now and then, for milliseconds. That says
 * nothing about the guest, so an endpoint that seems slow is judged by processor time: a run that waited counts for
 * what it used, and an attempt that was held up cancels eight runs and does not double the number.
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

    /** How many runs have to seem slow before processor time is looked at, which takes some hundred nanoseconds. */
    private static final int DOUBTS = 64;

    /** The maximum age of the mark of an attempt, in nanoseconds. */
    private static final long RECENT = TimeUnit.MICROSECONDS.toNanos(500);

    private static final long UNKNOWN = -1;

    private static final ThreadLocal<Mark> RECENT_MARK = new ThreadLocal<>();

    private int quickRuns;
    private int required = LEAST;
    private int goodRuns;
    private int slowRuns;

    /** Returns whether to make an attempt. */
    boolean isQuick() {
        return quickRuns >= required;
    }

    /**
     * Returns a mark for {@link #spent}, before a run that is not an attempt: the processor time of this thread in
     * nanoseconds, or -1 if that is not known or not needed.
     */
    long mark() {
        return slowRuns < DOUBTS || isQuick() ? UNKNOWN : processorTime();
    }

    /**
     * Returns a mark like {@link #mark} for an attempt, which may be up to half a millisecond old: attempts are so
     * short that to ask for each would be felt.
     *
     * @param now the result of {@link System#nanoTime}
     */
    long recentMark(long now) {
        if (slowRuns < DOUBTS) {
            return UNKNOWN;
        }
        Mark mark = RECENT_MARK.get();
        if (mark == null || now - mark.taken > RECENT) {
            mark = new Mark(processorTime(), now);
            RECENT_MARK.set(mark);
        }
        return mark.processorTime;
    }

    private record Mark(long processorTime, long taken) {}

    /**
     * Returns what a run on this thread took: the time that passed, or the processor time if that is known and less.
     *
     * @param nanos the time that passed
     * @param mark the result of {@link #mark} before the run
     */
    static long spent(long nanos, long mark) {
        if (nanos <= QUICK || mark < 0) {
            return nanos;
        }
        long now = processorTime();
        return now < 0 ? nanos : Math.min(nanos, now - mark);
    }

    /** In a class of its own, because what it loads is not needed by a host that is fast. */
    private static final class Threads {
        static final ThreadMXBean BEAN = ManagementFactory.getThreadMXBean();
    }

    private static long processorTime() {
        try {
            return Threads.BEAN.getCurrentThreadCpuTime();
        } catch (UnsupportedOperationException e) {
            return UNKNOWN; // a virtual thread, or a JVM that does not measure it
        }
    }

    /**
     * Records a run that ended normally and was not an attempt.
     *
     * @param spent what it took
     */
    void ended(long spent) {
        if (spent > QUICK) {
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
        doubt();
        quickRuns = Math.max(0, quickRuns - PENALTY);
    }

    /**
     * Records an attempt.
     *
     * @param good whether it ended normally and its response counts
     * @param nanos the time that passed
     * @param spent what it took
     */
    void attempted(boolean good, long nanos, long spent) {
        if (good && nanos <= BUDGET) {
            ended(spent);
        } else if (nanos > BUDGET && spent <= QUICK + RECENT) {
            failed();
        } else {
            doubt();
            quickRuns = 0;
            goodRuns = 0;
            required = Math.min(MOST, required * 2);
        }
    }

    private void doubt() {
        if (slowRuns < DOUBTS) {
            slowRuns++;
        }
    }
}
