// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * Question: what does the same request cost with other runtimes?
 *
 * <p>Subject: each {@link Peer.Kind} with the same guests, the same environment and collected output. WAGI also routes,
 * derives the environment from the request and parses the response; the others receive the environment ready-made.
 * PLAIN_JAVA is the lower bound, CHICORY the baseline. The set-up of a peer that this JVM or machine cannot run fails
 * with the reason.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar PeerBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 2, jvmArgsAppend = "-XX:-DontCompileHugeMethods")
public class PeerBenchmark {

    @Param
    public Guest guest = Guest.HELLO;

    @Param
    public Peer.Kind peer = Peer.Kind.WAGI;

    private final BodySink sink = new BodySink();
    private Peer subject;

    @Setup
    public void setUp() throws Exception {
        subject = Peer.of(peer, guest);
        subject.answer(sink.clear());
        sink.verify(peer + " with the guest " + guest, guest.part());
    }

    @TearDown
    public void tearDown() {
        subject.close();
    }

    @Benchmark
    public Object request() throws Exception {
        subject.answer(sink.clear());
        return sink;
    }
}
