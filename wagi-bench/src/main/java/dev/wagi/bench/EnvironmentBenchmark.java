// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.cgi.CgiEnvironment;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.GuestStrings;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does the environment of a guest cost?
 *
 * <p>Subject: {@code parse}, the validation of a request, and {@code encode}, the encoding of its 29 variables. The
 * baseline is {@code encodeBare}, for a request without header fields.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar EnvironmentBenchmark -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EnvironmentBenchmark {

    private static final WagiRequest REQUEST = Requests.get();

    private final CgiEnvironment environment = new CgiEnvironment(
            RoutePattern.parse(Requests.ROUTE), Map.of("GREETING", "hello"), false, new HostPort("127.0.0.1", 3000));
    private final CgiRequest full = checked();
    private final CgiRequest bare = new CgiRequest(
            WagiRequest.get(full.request().target()), full.id(), full.path(), full.query(), full.server(), false);

    @Setup
    public void setUp() {
        // The module's own variable and the 29 variables of the request.
        if (encode().count() != 30 || encodeBare().count() != 23) {
            throw new IllegalStateException(
                    encode().count() + " and " + encodeBare().count()
                            + " variables, expected 30 and 23; correct the number in the comment as well");
        }
    }

    @Benchmark
    public CgiRequest parse() {
        return checked();
    }

    private static CgiRequest checked() {
        return CgiRequest.parse(REQUEST, "0123456789abcdef").orElseThrow();
    }

    @Benchmark
    public GuestStrings encode() {
        return environment.encode(full);
    }

    @Benchmark
    public GuestStrings encodeBare() {
        return environment.encode(bare);
    }
}
