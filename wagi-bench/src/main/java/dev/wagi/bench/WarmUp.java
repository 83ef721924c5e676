// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.wagi.core.Wagi;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/**
 * Prints a row with how long the first requests of a process take until they are as fast as the last ones.
 *
 * <pre>
 * java -cp wagi-bench/target/benchmarks.jar dev.wagi.bench.WarmUp C 100000
 * </pre>
 *
 * handles that many requests to a {@link Guest}, one after the other. The peak is the median of the last tenth. The row
 * has the guest; milliseconds of the first request, of the median of the first hundred, and of the peak; how many
 * requests it took until the median of a hundred in a row had 90 % of the peak's speed, and for how many seconds of
 * processor time the process had handled requests by then, its compilers included. Times of requests are the processor
 * time of the thread, so that other processes disturb less.
 */
public final class WarmUp {

    /** Requests of which a median is taken. */
    private static final int WINDOW = 100;

    private WarmUp() {}

    public static void main(String[] args) {
        System.out.println(row(Guest.valueOf(args[0]), Integer.parseInt(args[1])));
    }

    static String row(Guest guest, int requests) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long[] times = new long[requests];
        long[] process = new long[requests];
        BodySink sink = new BodySink();
        try (Wagi wagi = Requests.wagi(guest).build()) {
            long began = system.getProcessCpuTime();
            for (int i = 0; i < requests; i++) {
                long before = threads.getCurrentThreadCpuTime();
                wagi.handle(Requests.get(), sink.clear());
                times[i] = threads.getCurrentThreadCpuTime() - before;
                process[i] = system.getProcessCpuTime() - began;
            }
        }
        sink.verify("WAGI with the guest " + guest, guest.part());
        double peak = median(times, requests - Math.max(1, requests / 10), requests);
        int reached = reached(times, peak);
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.4f | %.4f | %d | %.2f |",
                guest,
                times[0] / 1e6,
                median(times, 0, Math.min(WINDOW, requests)) / 1e6,
                peak / 1e6,
                reached,
                process[reached - 1] / 1e9);
    }

    /**
     * Returns the number of requests up to the end of the first window that is as fast as the peak, but for a tenth.
     */
    static int reached(long[] times, double peak) {
        for (int to = WINDOW; to < times.length; to += WINDOW) {
            if (median(times, to - WINDOW, to) <= peak / 0.9) {
                return to;
            }
        }
        return times.length;
    }

    private static double median(long[] times, int from, int to) {
        return Median.of(Arrays.stream(times, from, to).asDoubleStream());
    }
}
