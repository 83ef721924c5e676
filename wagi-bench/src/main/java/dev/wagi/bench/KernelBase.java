// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ByteBufferMemory;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.util.Locale;
import java.util.Map;
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
 * The common part of {@link KernelBenchmark} and {@link KernelDefaultFlagsBenchmark}, which differ in the flags of the
 * JVM.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public abstract class KernelBase {

    /** The computation, see src/guests/kernels.c, with the checksum that V8 and Wasmtime compute as well. */
    public enum Kernel {
        SHA256("c37888a2"),
        QSORT("6d721838"),
        SNPRINTF("1d4f9985"),
        MALLOC("ad9f3f28"),
        JSON("f48fee85");

        private final String checksum;

        Kernel(String checksum) {
            this.checksum = checksum;
        }

        private String entrypoint() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The runtime and its memory. */
    public enum On {
        /** WAGI as shipped, with the memory that records writes. */
        FLAT,
        /** Chicory with its ByteArrayMemory. The baseline. */
        BYTE_ARRAY,
        /** Chicory with its ByteBufferMemory. */
        BYTE_BUFFER,
        /** Native code. */
        WASMTIME
    }

    @Param
    public Kernel kernel = Kernel.SHA256;

    @Param
    public On on = On.FLAT;

    private final BodySink sink = new BodySink();
    private Peer subject;

    @Setup
    public void setUp() throws Exception {
        Peer.Program program = new Peer.Program(
                Guest.bytes("guests/kernels.wasm"), kernel.entrypoint(), Map.of("REQUEST_METHOD", "GET"));
        subject = switch (on) {
            case FLAT -> new Shipped(kernel.entrypoint());
            case BYTE_ARRAY -> new ChicoryPeer(program, ByteArrayMemory::new);
            case BYTE_BUFFER -> new ChicoryPeer(program, ByteBufferMemory::new);
            case WASMTIME -> Peer.of(Peer.Kind.WASMTIME, program);
        };
        subject.answer(sink.clear());
        sink.verify(kernel + " on " + on, kernel.checksum + "\n");
    }

    @TearDown
    public void tearDown() {
        subject.close();
    }

    @Benchmark
    public Object kernel() throws Exception {
        subject.answer(sink.clear());
        return sink;
    }

    /** Runs a kernel as a whole request, the overhead of which is negligible here. */
    private static final class Shipped implements Peer {
        private final Wagi wagi;
        private final WagiRequest request = WagiRequest.get("/");

        Shipped(String entrypoint) {
            wagi = Wagi.builder()
                    .addModule(m -> m.route("/")
                            .source("classpath:/guests/kernels.wasm")
                            .entrypoint(entrypoint))
                    .build();
        }

        @Override
        public void answer(BodySink sink) {
            wagi.handle(request, sink);
        }

        @Override
        public void close() {
            wagi.close();
        }
    }
}
