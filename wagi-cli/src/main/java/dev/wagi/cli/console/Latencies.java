// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import java.util.Arrays;

/**
 * How long requests took in the last half to whole minute: counts in buckets whose width is an eighth of their size, so
 * that a percentile is at most an eighth too large. Takes 2 KiB. Not thread-safe.
 */
final class Latencies {

    private static final long WINDOW_NANOS = 30_000_000_000L;

    /** Buckets of each power of two, as a power of two. */
    private static final int FINE = 3;

    /** The first bucket has what takes less than about a microsecond, the last what takes more than four minutes. */
    private static final int LEAST = 10;

    private static final int BUCKETS = (38 - LEAST << FINE) + 1;

    private int[] now = new int[BUCKETS];
    private int[] before = new int[BUCKETS];
    private long since;

    /** From this time on, in terms of the same clock as all others. */
    Latencies(long since) {
        this.since = since;
    }

    void add(long at, long nanos) {
        turn(at);
        now[bucket(nanos)]++;
    }

    /**
     * Returns a time that a part of the requests did not exceed, in nanoseconds; 0 if there were none.
     *
     * @param part for instance 0.95
     */
    long percentile(long at, double part) {
        turn(at);
        long all = 0;
        for (int i = 0; i < BUCKETS; i++) {
            all += now[i] + before[i];
        }
        long rank = Math.max(1, (long) Math.ceil(all * part));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += now[i] + before[i];
            if (seen >= rank) {
                return most(i);
            }
        }
        return 0;
    }

    private void turn(long at) {
        long windows = (at - since) / WINDOW_NANOS;
        if (windows > 0) {
            int[] old = before;
            before = now;
            now = old;
            Arrays.fill(now, 0);
            if (windows > 1) {
                Arrays.fill(before, 0);
            }
            since += windows * WINDOW_NANOS;
        }
    }

    private static int bucket(long nanos) {
        if (nanos < 1L << LEAST) {
            return 0;
        }
        int power = 63 - Long.numberOfLeadingZeros(nanos);
        int fine = (int) (nanos >>> power - FINE) & (1 << FINE) - 1;
        return Math.min(BUCKETS - 1, (power - LEAST << FINE) + fine + 1);
    }

    /** What the largest number in a bucket is. */
    private static long most(int bucket) {
        if (bucket == 0) {
            return 1L << LEAST;
        }
        int power = (bucket - 1 >> FINE) + LEAST;
        int fine = (bucket - 1 & (1 << FINE) - 1) + 1;
        return (1L << power) + ((long) fine << power - FINE);
    }
}
