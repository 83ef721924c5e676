// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * Question: how long does it take until a module can serve requests?
 *
 * <p>Subject: {@code Wagi.builder()....build()} in a JVM that has just started, like that of a server, with each sample
 * alone and with all of them. COLD compiles; WARM uses what an earlier JVM has cached; INTERPRETED is the lower bound,
 * without a compiler. {@code load.sh start} measures the startup of the command.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar CompileBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(5)
public class CompileBenchmark {

    /** The source of the compiled code. */
    public enum Code {
        COLD,
        WARM,
        INTERPRETED
    }

    static final String ALL = "all";

    @Param({
        ALL,
        "hello/hello.wasm",
        "index/index.wat",
        "diagram/diagram.wat",
        "error/error.wasm",
        "log/log.wasm",
        "http-example/http-example.wasm",
        "http-rust/http-rust.wasm",
        "files/files.wasm",
        "guestbook/guestbook.wasm",
        "env/env.wasm",
        "go-hello/go-hello.wasm",
        "as-hello/as-hello.wasm",
        "echo-rust/echo-rust.wasm",
        "echo-c/echo-c.wasm",
        "echo-go/echo-go.wasm",
        "echo-as/echo-as.wasm",
        "routes/routes.wasm",
        "reactor/reactor.wasm",
        "tinygo-hello/tinygo-hello.wasm",
        "echo-tinygo/echo-tinygo.wasm"
    })
    public String sample = "hello/hello.wasm";

    @Param
    public Code code = Code.COLD;

    private Path cache;

    /**
     * Fills the cache in another JVM, because otherwise the compiler and the classes of this one would be warm as well.
     */
    @Setup(Level.Trial)
    public void setUp() throws IOException, InterruptedException {
        cache = Files.createTempDirectory("wagi-bench");
        if (code == Code.WARM) {
            int exit = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            CompileBenchmark.class.getName(),
                            sample,
                            cache.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            try (Stream<Path> files = Files.walk(cache)) {
                if (exit != 0 || files.noneMatch(Files::isRegularFile)) {
                    throw new UnavailableException(
                            "nothing was cached (exit code " + exit + "): "
                                    + "this wagi-core has no working compile cache",
                            null);
                }
            }
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Benchmark
    public int load() {
        Wagi.Builder builder = builder(sample);
        if (code == Code.WARM) {
            builder.compileCache(cache);
        } else if (code == Code.INTERPRETED) {
            builder.engine(Wagi.Engine.INTERPRETER);
        }
        try (Wagi wagi = builder.build()) {
            return wagi.routes().size();
        }
    }

    /** Loads a sample with a compile cache. */
    public static void main(String[] args) {
        builder(args[0]).compileCache(Path.of(args[1])).build().close();
    }

    private static Wagi.Builder builder(String sample) {
        Wagi.Builder builder = Wagi.builder();
        for (String name : sample.equals(ALL) ? samples() : List.of(sample)) {
            builder.addModule(m -> {
                m.route("/" + name).source("classpath:/samples/" + name);
                if (name.startsWith("reactor/")) {
                    m.entrypoint("greet");
                }
            });
        }
        return builder;
    }

    /** Returns the names of the samples, without {@link #ALL}. */
    static List<String> samples() {
        try {
            List<String> names = new ArrayList<>(List.of(CompileBenchmark.class
                    .getField("sample")
                    .getAnnotation(Param.class)
                    .value()));
            names.remove(ALL);
            return names;
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }
}
