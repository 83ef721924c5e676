// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.internal.route.RequestPath;
import dev.wagi.core.internal.route.Route;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.route.RoutingTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * Question: what does it cost to find a route, and does it depend on the number of routes?
 *
 * <p>Subject: a path is parsed and looked up in tables in which every other route is a wildcard. The baseline is the
 * table with one route.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar RoutingBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RoutingBenchmark {

    /** The route that is looked up. */
    public enum Hit {
        FIRST,
        LAST,
        MISS
    }

    @Param({"1", "100", "10000"})
    public int routes = 100;

    @Param
    public Hit hit = Hit.FIRST;

    private RoutingTable<Integer> table = new RoutingTable<>(List.of());
    private String path = "";

    @Setup
    public void setUp() {
        List<Route<Integer>> all = new ArrayList<>();
        for (int i = 0; i < routes; i++) {
            RoutePattern pattern = RoutePattern.parse("/area" + i % 10 + "/route" + i + (i % 2 == 0 ? "/..." : ""));
            all.add(new Route<>(pattern, Set.of(), Set.of(), i));
        }
        table = new RoutingTable<>(all);
        int wanted = hit == Hit.FIRST ? 0 : routes - 1;
        path = hit == Hit.MISS
                ? "/area1/no/such/route"
                : "/area" + wanted % 10 + "/route" + wanted + (wanted % 2 == 0 ? "/some/path" : "");
        Route<Integer> found = match();
        if (hit == Hit.MISS ? found != null : found == null || found.target() != wanted) {
            throw new IllegalStateException(path + " matched " + found);
        }
    }

    @Benchmark
    public @Nullable Route<Integer> match() {
        RoutingTable.Match<Integer> match =
                table.match("localhost", RequestPath.parse(path).orElseThrow());
        return match == null ? null : match.forMethod("GET");
    }
}
