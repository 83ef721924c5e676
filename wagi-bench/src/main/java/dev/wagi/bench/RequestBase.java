// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The common part of {@link RequestBenchmark} and {@link RequestDefaultFlagsBenchmark}, which differ in the flags of
 * the JVM.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public abstract class RequestBase {

    /** How a request gets its instance. */
    public enum Sandboxes {
        /** An instance that earlier requests have used, restored. */
        REUSED,
        /** A new instance. */
        FRESH,
        /** A new instance that is interpreted; nothing is compiled. */
        INTERPRETED
    }

    @Param
    public Guest guest = Guest.HELLO;

    @Param
    public Sandboxes sandboxes = Sandboxes.FRESH;

    private final WagiRequest request = Requests.get();
    private final BodySink sink = new BodySink();
    private Wagi wagi;

    @Setup
    public void setUp() {
        Wagi.Builder builder = Requests.wagi(guest);
        if (sandboxes == Sandboxes.INTERPRETED) {
            builder.engine(Wagi.Engine.INTERPRETER);
        }
        wagi = builder.reuse(sandboxes == Sandboxes.REUSED).build();
        Requests.verify(wagi, guest);
    }

    @TearDown
    public void tearDown() {
        wagi.close();
    }

    @Benchmark
    public Object request() {
        wagi.handle(request, sink.clear());
        return sink;
    }
}
