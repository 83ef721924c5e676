// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compares one guest with {@code wasmtime-peer.py}, for {@code wasmtime.sh}, and prints a row of its table.
 *
 * <pre>
 * java -cp wagi-bench/target/benchmarks.jar dev.wagi.bench.WasmtimeComparison \
 *     PYTHON ROUNDS SECONDS NAME MODULE ENTRYPOINT INPUT EXPECTED ARGV...
 * </pre>
 *
 * <p>The two take turns: in each round both handle requests for some seconds, and a round's figure is the median of its
 * requests. As many rounds as are measured are run before, without a look at the time. Times are the processor time of
 * the thread that runs the guest, which other processes on the machine disturb less than the time of day; the JVM's
 * compilers and collectors are not in them. With {@code -} as PYTHON only WAGI is measured.
 */
public final class WasmtimeComparison {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private WasmtimeComparison() {}

    /** A guest, and what it is asked. */
    record Program(Path module, String entrypoint, Path input, String expected, List<String> argv) {}

    /** One of the two that are compared. */
    interface Side extends AutoCloseable {

        /** Returns the processor time of loading, in milliseconds. */
        double loading();

        /** Handles requests for some seconds, three at least, and returns the median of their milliseconds. */
        double median(double seconds) throws IOException;

        @Override
        void close();
    }

    public static void main(String[] args) throws IOException {
        int rounds = Integer.parseInt(args[1]);
        double seconds = Double.parseDouble(args[2]);
        Program program = new Program(
                Path.of(args[4]),
                args[5],
                Path.of(args[6]),
                args[7],
                Arrays.asList(args).subList(8, args.length));
        try (Side ours = new Ours(program);
                Side theirs = args[0].equals("-") ? null : new Theirs(args[0], program)) {
            System.out.println(row(args[3], ours, theirs, rounds, seconds));
        }
    }

    /**
     * Measures, and returns the row: loading, requests, ratio of requests with the smallest and the largest of a round.
     */
    static String row(String name, Side ours, @Nullable Side theirs, int rounds, double seconds) throws IOException {
        List<Double> mine = new ArrayList<>();
        List<Double> others = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int round = -rounds; round < rounds; round++) {
            // Who begins changes, so that a machine that becomes slower or faster favours neither.
            double other = theirs != null && round % 2 == 0 ? theirs.median(seconds) : 0;
            double own = ours.median(seconds);
            if (theirs != null && round % 2 != 0) {
                other = theirs.median(seconds);
            }
            if (round >= 0) {
                mine.add(own);
                others.add(other);
                ratios.add(own / other);
            }
        }
        if (theirs == null) {
            return String.format(
                    Locale.ROOT,
                    "| %s | %.2f | skipped | %.3f | skipped | |",
                    name,
                    ours.loading() / 1e3,
                    median(mine));
        }
        return String.format(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %.3f | %.3f | %.2f (%.2f to %.2f) |",
                name,
                ours.loading() / 1e3,
                theirs.loading() / 1e3,
                median(mine),
                median(others),
                median(ratios),
                ratios.stream().min(Double::compare).orElseThrow(),
                ratios.stream().max(Double::compare).orElseThrow());
    }

    private static double median(List<Double> values) {
        return Median.of(values.stream().mapToDouble(Double::doubleValue));
    }

    /** This project, as shipped. */
    static final class Ours implements Side {
        private final byte[] input;
        private final Wagi wagi;
        private final double loading;
        private final BodySink sink = new BodySink();

        Ours(Program program) throws IOException {
            input = Files.readAllBytes(program.input);
            long began = processTime();
            wagi = Wagi.builder()
                    .loadTimeout(Duration.ofMinutes(10))
                    .addModule(m -> m.route("/")
                            .source(program.module)
                            .entrypoint(program.entrypoint)
                            .argv(program.argv)
                            .limits(limits -> limits.withTimeout(Duration.ofMinutes(10))))
                    .build();
            loading = (processTime() - began) / 1e6;
            request();
            try {
                sink.verify(program.module + " under WAGI", program.expected);
            } catch (IllegalStateException e) {
                wagi.close();
                throw e;
            }
        }

        /** Loading uses threads of its own, and the JVM's compilers. */
        private static long processTime() {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getProcessCpuTime()
                    : System.nanoTime();
        }

        private double request() {
            WagiRequest request = WagiRequest.builder("POST", "/").body(input).build();
            long began = THREADS.getCurrentThreadCpuTime();
            wagi.handle(request, sink.clear());
            return (THREADS.getCurrentThreadCpuTime() - began) / 1e6;
        }

        @Override
        public double loading() {
            return loading;
        }

        @Override
        public double median(double seconds) {
            List<Double> times = new ArrayList<>();
            long end = System.nanoTime() + (long) (seconds * 1e9);
            while (System.nanoTime() < end || times.size() < 3) {
                times.add(request());
            }
            return WasmtimeComparison.median(times);
        }

        @Override
        public void close() {
            wagi.close();
        }
    }

    /** The package wasmtime, in a process of Python. */
    static final class Theirs implements Side {
        private final Process process;
        private final BufferedReader answers;
        private final Writer questions;
        private final double loading;

        Theirs(String python, Program program) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    python,
                    System.getProperty("wagi.bench.peer", "wagi-bench/wasmtime-peer.py"),
                    program.module.toString(),
                    program.entrypoint,
                    program.input.toString(),
                    program.expected));
            command.addAll(program.argv);
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            answers = process.inputReader();
            questions = process.outputWriter();
            loading = answer();
        }

        private double answer() throws IOException {
            String line = answers.readLine();
            if (line == null) {
                throw new IOException("wasmtime-peer.py has ended");
            }
            return Double.parseDouble(line);
        }

        @Override
        public double loading() {
            return loading;
        }

        @Override
        public double median(double seconds) throws IOException {
            questions.write(seconds + "\n");
            questions.flush();
            return answer();
        }

        @Override
        public void close() {
            try {
                questions.close();
                if (!process.waitFor(1, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                process.destroyForcibly();
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
