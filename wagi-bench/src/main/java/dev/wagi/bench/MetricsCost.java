// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.micrometer.WagiMetrics;
import dev.wagi.micrometer.WagiObservations;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Question: what do metrics and observations add to a request?
 *
 * <p>Subject: {@code wagi.handle(request, sink)} without a server, with a reused instance of {@link Guest#HELLO}, where
 * they weigh most. Each variant runs in a process of its own; they take turns. Processor time of the thread counts,
 * which other programs on the machine disturb least.
 *
 * <p>Command: {@code java -cp wagi-bench/target/benchmarks.jar dev.wagi.bench.MetricsCost [ROUNDS]}
 */
public final class MetricsCost {

    private static final int REQUESTS = 200_000;
    private static final int WARM_UP = 5;
    private static final int MEASURED = 5;

    private enum Variant {
        /** No listener. */
        NONE,
        /** {@link WagiMetrics}, in a registry that nothing reads. */
        METRICS,
        /** {@link WagiObservations}, in a registry without handlers. */
        IDLE_OBSERVATIONS,
        /** {@link WagiObservations}, which become timers. */
        OBSERVATIONS
    }

    private MetricsCost() {}

    /** Runs all variants in turns; or one of them, in this process, if it is named. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 2) {
            System.out.println(measure(Variant.valueOf(arguments[1])));
            return;
        }
        int rounds = arguments.length == 0 ? 3 : Integer.parseInt(arguments[0]);
        Map<Variant, List<Double>> all = new EnumMap<>(Variant.class);
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : Variant.values()) {
                all.computeIfAbsent(variant, key -> new ArrayList<>()).add(inItsProcess(variant));
            }
        }
        all.forEach((variant, nanos) -> {
            Collections.sort(nanos);
            System.out.printf(
                    Locale.ROOT,
                    "%-18s %6.0f ns (%.0f to %.0f)%n",
                    variant,
                    nanos.get(nanos.size() / 2),
                    nanos.get(0),
                    nanos.get(nanos.size() - 1));
        });
    }

    private static double inItsProcess(Variant variant) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-DontCompileHugeMethods",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MetricsCost.class.getName(),
                        "one",
                        variant.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            if (line == null) {
                throw new IOException(variant + " has printed nothing");
            }
            return Double.parseDouble(line);
        }
    }

    /** Nanoseconds of the processor for a request. */
    private static double measure(Variant variant) {
        MeterRegistry meters = new SimpleMeterRegistry();
        Wagi.Builder builder = Requests.wagi(Guest.HELLO).reuse(true);
        switch (variant) {
            case NONE -> {}
            case METRICS -> builder.addListener(new WagiMetrics(meters));
            case IDLE_OBSERVATIONS -> builder.addListener(new WagiObservations(ObservationRegistry.create()));
            case OBSERVATIONS -> {
                ObservationRegistry observations = ObservationRegistry.create();
                observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
                builder.addListener(new WagiObservations(observations));
            }
        }
        try (Wagi wagi = builder.build()) {
            Requests.verify(wagi, Guest.HELLO);
            WagiRequest request = Requests.get();
            BodySink sink = new BodySink();
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            double best = Double.MAX_VALUE;
            for (int i = 0; i < WARM_UP + MEASURED; i++) {
                long before = threads.getCurrentThreadCpuTime();
                for (int j = 0; j < REQUESTS; j++) {
                    wagi.handle(request, sink.clear());
                }
                double nanos = (threads.getCurrentThreadCpuTime() - before) / (double) REQUESTS;
                best = i < WARM_UP ? best : Math.min(best, nanos);
            }
            return best;
        }
    }
}
