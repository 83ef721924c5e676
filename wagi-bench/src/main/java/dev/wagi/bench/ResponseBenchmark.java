// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.cgi.CgiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does it cost to turn a guest's output into a response?
 *
 * <p>Subject: four header fields and a body, written as guests do, in pieces of 1 KiB (the buffer size of libc) or all
 * at once. The body of 12 bytes is the baseline; the one of 64 KiB is larger than what is buffered to determine its
 * length.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar ResponseBenchmark -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ResponseBenchmark {

    @Param({"12", "65536"})
    public int body = 12;

    @Param({"1024", "1000000"})
    public int piece = 1024;

    private final Headers own = Headers.of("X-Request-Id", "0123456789abcdef");
    private final BodySink sink = new BodySink();
    private byte[] printed = {};

    @Setup
    public void setUp() throws IOException {
        String headers = "Content-Type: text/html; charset=utf-8\nCache-Control: no-store\n"
                + "Set-Cookie: session=0123456789abcdef; HttpOnly\nStatus: 200 OK\n\n";
        String text = "x".repeat(body);
        printed = (headers + text).getBytes(StandardCharsets.US_ASCII);
        parse();
        sink.verify("the response", text);
    }

    @Benchmark
    public Object parse() throws IOException {
        CgiResponse response = new CgiResponse(sink.clear(), own, "", false);
        for (int from = 0; from < printed.length; from += piece) {
            response.write(printed, from, Math.min(piece, printed.length - from));
        }
        response.finish();
        return sink;
    }
}
