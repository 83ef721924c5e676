// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs the fuzz targets with the profile of that name: each in its own JVM with Jazzer, for {@code fuzz.seconds}. New
 * inputs are written to {@code target/fuzz}, none to the corpus.
 */
class JazzerRun {

    /** The code whose coverage is measured: everything that reads the input, ours or not. */
    private static final String INSTRUMENTED =
            "dev.wagi.**:com.dylibso.chicory.**:com.fasterxml.jackson.core.**:com.fasterxml.jackson.dataformat.**:org.yaml.snakeyaml.**";

    /** Compiled guests are excluded, because each one is new. */
    private static final String NOT_INSTRUMENTED = "com.dylibso.chicory.$gen.**";

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 1, unit = TimeUnit.DAYS) // -Dfuzz.seconds says how long it takes
    void target_withInputsThatJazzerMakes_keepsItsPromises(Target target) throws IOException, InterruptedException {
        String only = System.getProperty("fuzz.target", "");
        assumeTrue(only.isEmpty() || only.equals(target.folder), "another target was asked for");
        Path work = Target.home().resolve("target/fuzz").resolve(target.folder);
        Path found = Files.createDirectories(work.resolve("corpus"));
        Path log = work.resolve("jazzer.log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "-XX:+EnableDynamicAgentLoading",
                "-Dwagi.root=" + System.getProperty("wagi.root"),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type.getName(),
                "--instrumentation_includes=" + INSTRUMENTED,
                "--instrumentation_excludes=" + NOT_INSTRUMENTED,
                "--custom_hook_excludes=" + NOT_INSTRUMENTED,
                "--reproducer_path=" + work,
                "-artifact_prefix=" + work + "/",
                "-max_total_time=" + Integer.getInteger("fuzz.seconds", 60),
                "-max_len=" + target.maxLength,
                "-timeout=60", // seconds of one input, of which a busy machine makes many
                "-rss_limit_mb=0",
                "-print_final_stats=1",
                found.toString(),
                target.corpus().toString()));
        Path dictionary = Target.home().resolve("dictionaries").resolve(target.folder + ".dict");
        if (Files.exists(dictionary)) {
            command.add("-dict=" + dictionary);
        }
        if (Files.isDirectory(target.regressions())) {
            command.add(target.regressions().toString());
        }
        Process jazzer = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int code;
        try {
            code = jazzer.waitFor();
        } finally {
            jazzer.destroyForcibly();
        }
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            lines.filter(line -> line.startsWith("stat::") || line.contains("DONE "))
                    .forEach(line -> System.out.println(target.folder + ": " + line));
        }
        assertThat(code)
                .as("Jazzer found something; the input is in %s, the reason in %s", work, log)
                .isZero();
    }
}
