// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

/** The requests of a route, or of all. Thread-safe. */
final class Traffic {

    /** How many whole seconds a rate is the average of. */
    private static final int AVERAGED = 10;

    private final Rate requests;
    private final Rate failures;
    private final Latencies latencies;
    private long all;
    private long failed;

    Traffic(long now) {
        requests = new Rate(now);
        failures = new Rate(now);
        latencies = new Latencies(now);
    }

    synchronized void add(long now, long nanos, boolean failure) {
        all++;
        requests.add(now);
        latencies.add(now, nanos);
        if (failure) {
            failed++;
            failures.add(now);
        }
    }

    synchronized Snapshot.Traffic read(long now) {
        int[] each = requests.last(now);
        int recent = 0;
        for (int i = each.length - AVERAGED; i < each.length; i++) {
            recent += each[i];
        }
        return new Snapshot.Traffic(
                all,
                failed,
                recent / (double) AVERAGED,
                latencies.percentile(now, 0.5) / 1e6,
                latencies.percentile(now, 0.95) / 1e6,
                latencies.percentile(now, 0.99) / 1e6,
                each,
                failures.last(now));
    }
}
