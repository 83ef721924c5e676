// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

/** How many events there were in each of the last 60 seconds. Not thread-safe. */
final class Rate {

    static final int SECONDS = 60;

    private static final long NANOS = 1_000_000_000L;

    private final int[] counts = new int[SECONDS];
    private final long origin;
    private long second;

    /** From this time on, in terms of the same clock as all others. */
    Rate(long origin) {
        this.origin = origin;
    }

    void add(long at) {
        turn(at);
        counts[(int) (second % SECONDS)]++;
    }

    /** Returns the counts of the last whole seconds, the oldest first; what runs now is not among them. */
    int[] last(long at) {
        turn(at);
        int[] last = new int[SECONDS - 1];
        for (int i = 0; i < last.length; i++) {
            last[i] = counts[(int) ((second + 1 + i) % SECONDS)];
        }
        return last;
    }

    private void turn(long at) {
        long now = Math.max(second, (at - origin) / NANOS);
        for (long i = Math.max(second + 1, now - SECONDS + 1); i <= now; i++) {
            counts[(int) (i % SECONDS)] = 0;
        }
        second = now;
    }
}
