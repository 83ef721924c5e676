// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code wagi train} as a process. It writes no archive, for which the JVM wants jars only; {@code .ci/packages} runs
 * it with one.
 */
class TrainCommandTest {

    @TempDir
    private Path directory;

    private String configuration;

    @BeforeEach
    void writeConfiguration() throws IOException {
        Path modules = Cli.ROOT.resolve("samples/modules");
        Path file = Files.writeString(directory.resolve("modules.toml"), """
            [[module]]
            route = "/hello/..."
            module = '%1$s/hello/hello.wasm'
            [[module]]
            route = "/env"
            hosts = ["shop.example"]
            module = '%1$s/env/env.wasm'
            [[module]]
            route = "/trap"
            module = 'trap.wat'
            [[module]]
            route = "/broken"
            module = 'broken.wat'
            """.formatted(modules));
        Files.writeString(directory.resolve("trap.wat"), "(module (func (export \"_start\") unreachable))");
        // More than is collected before a response begins, and then a trap.
        Files.writeString(directory.resolve("broken.wat"), """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 2)
              (data (i32.const 64) "Content-Type: text/plain\\n\\n")
              (func (export "_start")
                (i32.store (i32.const 0) (i32.const 64))
                (i32.store (i32.const 4) (i32.const 26))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
                (i32.store (i32.const 4) (i32.const 100000))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
                (unreachable)))
            """);
        configuration = file.toString();
    }

    @Test
    void train_requestsEachRoute_andEnds() {
        Cli.Result result = train("-c", configuration, "-n", "8");

        assertThat(result.text().lines())
                .containsExactlyInAnyOrder(
                        "/hello: HTTP/1.1 200 OK, 8 times",
                        "shop.example/env: HTTP/1.1 200 OK, 8 times",
                        "/trap: HTTP/1.1 502 Bad Gateway, 8 times",
                        "/broken: HTTP/1.1 200 OK, 8 times");
        assertThat(result.code()).isZero();
    }

    @Test
    void train_urls_areRequestedInstead() {
        Cli.Result result = train("-c", configuration, "-n", "1", "http://shop.example/env?x", "/absent");

        assertThat(result.text().lines())
                .containsExactly(
                        "shop.example/env?x: HTTP/1.1 200 OK, 1 times", "/absent: HTTP/1.1 404 Not Found, 1 times");
        assertThat(result.code()).isZero();
    }

    @Test
    void train_jvmWritesNoArchive_isWrongUsage() {
        Cli.Result result = Cli.run("train", "-c", configuration);

        assertThat(result.stderr())
                .contains("this JVM does not write an archive; run the script 'wagi', or Java with"
                        + " -XX:AOTCacheOutput=FILE (before Java 25 -XX:ArchiveClassesAtExit=FILE)");
        assertThat(result.code()).isEqualTo(2);
    }

    private Cli.Result train(String... args) {
        ProcessBuilder command = Cli.command("train");
        String archive = directory.resolve("archive").toString();
        // Options that the JVM knows as those of an archive, and ignores.
        command.command()
                .addAll(
                        1,
                        Runtime.version().feature() < 25
                                ? List.of("-XX:+IgnoreUnrecognizedVMOptions", "-XX:AOTCacheOutput=" + archive)
                                : List.of("-Xlog:disable", "-Xshare:off", "-XX:ArchiveClassesAtExit=" + archive));
        command.command().addAll(List.of(args));
        return Cli.finish(Cli.start(command), new byte[0]);
    }
}
