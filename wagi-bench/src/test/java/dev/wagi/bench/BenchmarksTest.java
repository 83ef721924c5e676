// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs each benchmark once, so that none of them breaks unnoticed; every set-up verifies the response. Nothing is
 * measured here.
 */
class BenchmarksTest {

    @Test
    void benchmarks_areThoseThatTheTestKnows() throws Exception {
        Set<String> classes = new TreeSet<>();
        try (InputStream list = BenchmarksTest.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            assertThat(list).isNotNull();
            for (String line : new String(list.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                classes.add(line.replaceFirst(".*dev\\.wagi\\.bench\\.(\\w+Benchmark) .*", "$1"));
            }
        }

        assertThat(classes)
                .containsExactly(
                        "CompileBenchmark",
                        "EnvironmentBenchmark",
                        "KernelBenchmark",
                        "KernelDefaultFlagsBenchmark",
                        "PeerBenchmark",
                        "RequestBenchmark",
                        "RequestDefaultFlagsBenchmark",
                        "ResponseBenchmark",
                        "RestoreBenchmark",
                        "RoutingBenchmark");
    }

    @ParameterizedTest
    @EnumSource(RequestBase.Sandboxes.class)
    void request(RequestBase.Sandboxes sandboxes) {
        RequestBenchmark benchmark = new RequestBenchmark();
        benchmark.sandboxes = sandboxes;

        run(benchmark::setUp, benchmark::request, benchmark::tearDown);
    }

    @Test
    void requestWithDefaultFlags() {
        RequestDefaultFlagsBenchmark benchmark = new RequestDefaultFlagsBenchmark();
        benchmark.guest = Guest.C;

        run(benchmark::setUp, benchmark::request, benchmark::tearDown);
    }

    @ParameterizedTest
    @EnumSource(Peer.Kind.class)
    void peer(Peer.Kind peer) {
        PeerBenchmark benchmark = new PeerBenchmark();
        benchmark.peer = peer;
        benchmark.guest = Guest.C;

        run(benchmark::setUp, benchmark::request, benchmark::tearDown);
    }

    @ParameterizedTest
    @EnumSource(value = Guest.class, mode = EnumSource.Mode.EXCLUDE, names = "GO")
    void plainJava_answersAsGuestsDo(Guest guest) throws Exception {
        BodySink expected = new BodySink();
        BodySink actual = new BodySink();
        try (Peer wagi = Peer.of(Peer.Kind.WAGI, guest);
                Peer java = Peer.of(Peer.Kind.PLAIN_JAVA, guest)) {
            wagi.answer(expected);
            java.answer(actual);
        }

        assertThat(withoutId(actual)).isEqualTo(withoutId(expected));
    }

    @ParameterizedTest
    @CsvSource({"SHA256, FLAT", "QSORT, BYTE_ARRAY", "SNPRINTF, BYTE_BUFFER", "MALLOC, WASMTIME", "JSON, FLAT"})
    void kernel(KernelBase.Kernel kernel, KernelBase.On on) {
        KernelBase benchmark = on == KernelBase.On.FLAT ? new KernelBenchmark() : new KernelDefaultFlagsBenchmark();
        benchmark.kernel = kernel;
        benchmark.on = on;

        run(benchmark::setUp, benchmark::kernel, benchmark::tearDown);
    }

    @Test
    void wasmtimeComparison_withoutPython_measuresWagiOnly(@TempDir Path directory) throws Exception {
        Path module = Files.write(directory.resolve("kernels.wasm"), Guest.bytes("guests/kernels.wasm"));
        Path input = Files.createFile(directory.resolve("input"));
        WasmtimeComparison.Program program =
                new WasmtimeComparison.Program(module, "sha256", input, "c37888a2", List.of("kernels"));

        try (WasmtimeComparison.Side wagi = new WasmtimeComparison.Ours(program)) {
            assertThat(WasmtimeComparison.row("sha256", wagi, null, 1, 0))
                    .matches("\\| sha256 \\| [0-9.]+ \\| skipped \\| [0-9.]+ \\| skipped \\| \\|");
        }
    }

    @Test
    void wasmtimeComparison_hasMediansOfTheSecondHalfOfTheRounds() throws Exception {
        WasmtimeComparison.Side wagi = new Rounds(4000, 100, 90, 80, 3, 4, 9);
        WasmtimeComparison.Side wasmtime = new Rounds(500, 50, 50, 50, 2, 2, 3);

        assertThat(WasmtimeComparison.row("lua", wagi, wasmtime, 3, 0))
                .isEqualTo("| lua | 4.00 | 0.50 | 4.000 | 2.000 | 2.00 (1.50 to 3.00) |");
    }

    @Test
    void wasmtimeComparison_ofAnotherAnswer_fails(@TempDir Path directory) throws Exception {
        Path module = Files.write(directory.resolve("kernels.wasm"), Guest.bytes("guests/kernels.wasm"));
        Path input = Files.createFile(directory.resolve("input"));

        assertThatThrownBy(() -> new WasmtimeComparison.Ours(
                        new WasmtimeComparison.Program(module, "sha256", input, "other", List.of("kernels"))))
                .hasMessageContaining("other")
                .hasMessageContaining("c37888a2");
    }

    /** A side whose rounds take what the test says. */
    private static final class Rounds implements WasmtimeComparison.Side {
        private final double loading;
        private final Iterator<Double> times;

        Rounds(double loading, double... times) {
            this.loading = loading;
            this.times = Arrays.stream(times).iterator();
        }

        @Override
        public double loading() {
            return loading;
        }

        @Override
        public double median(double seconds) {
            return times.next();
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "250"})
    void warmUp(int requests) {
        assertThat(WarmUp.row(Guest.C, requests))
                .matches("\\| C \\| [0-9.]+ \\| [0-9.]+ \\| [0-9.]+ \\| [0-9]+ \\| [0-9.]+ \\|");
    }

    @ParameterizedTest
    @CsvSource({"100, 100", "112, 300", "200, 300", "1000, 300"})
    void warmUp_endsWithTheFirstWindowNearThePeak(long early, int reached) {
        long[] times = new long[500];
        Arrays.fill(times, 0, 200, early);
        Arrays.fill(times, 200, 500, 100);

        assertThat(WarmUp.reached(times, 100)).isEqualTo(reached);
    }

    @ParameterizedTest
    @CsvSource({"17, 5", "17, 0", "256, 100"})
    void restore(int pages, int dirty) {
        RestoreBenchmark benchmark = new RestoreBenchmark();
        benchmark.pages = pages;
        benchmark.dirty = dirty;

        benchmark.setUp();
        benchmark.restore();
    }

    @Test
    void samples_areAllThatThereAre() throws Exception {
        Path directory = Path.of(System.getProperty("wagi.root"), "samples", "modules");
        try (Stream<Path> files = Files.walk(directory, 2)) {
            assertThat(CompileBenchmark.samples())
                    .containsExactlyInAnyOrderElementsOf(files.map(file ->
                                    directory.relativize(file).toString().replace('\\', '/'))
                            .filter(name -> name.endsWith(".wasm") || name.endsWith(".wat"))
                            .filter(name -> !name.startsWith("http-go/"))
                            .toList())
                    .allSatisfy(
                            name -> assertThat(Guest.bytes("samples/" + name)).isNotEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({"as-hello/as-hello.wasm, COLD", "as-hello/as-hello.wasm, WARM", "reactor/reactor.wasm, INTERPRETED"})
    void compile(String sample, CompileBenchmark.Code code) {
        CompileBenchmark benchmark = new CompileBenchmark();
        benchmark.sample = sample;
        benchmark.code = code;

        run(benchmark::setUp, benchmark::load, benchmark::tearDown);
    }

    @ParameterizedTest
    @CsvSource({"1, FIRST", "1, MISS", "100, LAST", "10000, MISS"})
    void routing(int routes, RoutingBenchmark.Hit hit) {
        RoutingBenchmark benchmark = new RoutingBenchmark();
        benchmark.routes = routes;
        benchmark.hit = hit;

        benchmark.setUp();
        benchmark.match();
    }

    @Test
    void environment() {
        EnvironmentBenchmark benchmark = new EnvironmentBenchmark();

        benchmark.setUp();
        assertThat(benchmark.parse()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"12, 1024", "65536, 1024", "65536, 1000000"})
    void response(int body, int piece) throws Exception {
        ResponseBenchmark benchmark = new ResponseBenchmark();
        benchmark.body = body;
        benchmark.piece = piece;

        benchmark.setUp();
        benchmark.parse();
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Skips what a JVM, a machine or an older wagi-core does not support, with the reason. */
    private static void run(Step setUp, Step method, Step tearDown) {
        try {
            try {
                setUp.run();
            } catch (UnavailableException e) {
                abort(e.getMessage());
            }
            method.run();
            tearDown.run();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String withoutId(BodySink sink) {
        return sink.text().replaceFirst("X_REQUEST_ID = .*", "");
    }
}
