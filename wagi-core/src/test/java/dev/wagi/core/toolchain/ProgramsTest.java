// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole programs that use files, clocks, polls and random numbers as their language's library does: C's stdio with
 * {@code fdopen}, {@code freopen} and {@code fcntl}, Rust's {@code std::fs}, Go's {@code os}, {@code io/fs} and
 * {@code os.Root}. Sources and the command that builds them are in {@code programs}.
 */
@DisabledOnOs(
        value = OS.WINDOWS,
        disabledReason = "the programs make symbolic links, for which Windows wants a privilege")
class ProgramsTest {

    /** Of Go's os.Root the functions that the program uses are there since then. */
    private static final int GO_MINOR = 25;

    @TempDir
    Path directory;

    record Row(Language language, Wagi.Engine engine, List<String> checks) {
        @Override
        public String toString() {
            return language + ", " + engine;
        }
    }

    enum Language {
        C,
        RUST,
        GO
    }

    static Stream<Row> rows() {
        List<String> c = List.of(
                "fopen_modes",
                "fdopen_append",
                "fcntl_append_off",
                "freopen_file",
                "freopen_stderr",
                "positions",
                "sizes",
                "directories",
                "times",
                "links",
                "outside",
                "clocks",
                "random_numbers",
                "polls");
        List<String> rust = List.of(
                "read_write",
                "open_options",
                "positions",
                "buffers",
                "directories",
                "metadata",
                "outside",
                "clocks",
                "random",
                "stdin");
        List<String> go = List.of(
                "read_write",
                "open_flags",
                "directories",
                "file_system",
                "metadata",
                "links",
                "root",
                "outside",
                "copying",
                "clocks",
                "random",
                "stdin");
        return Stream.of(
                new Row(Language.C, Wagi.Engine.COMPILER, c),
                new Row(Language.C, Wagi.Engine.INTERPRETER, c),
                new Row(Language.RUST, Wagi.Engine.COMPILER, rust),
                new Row(Language.RUST, Wagi.Engine.INTERPRETER, rust),
                new Row(Language.GO, Wagi.Engine.COMPILER, go));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void program_usesFilesAsItsLanguageDoes_findsAllAsItShouldBe(Row row) throws Exception {
        Path module = module(row.language);
        Files.writeString(directory.resolve("secret"), "SECRET");
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.createSymbolicLink(data.resolve("planted"), Path.of("meta"));
        try (Wagi wagi = Wagi.builder()
                .engine(row.engine)
                .addModule(m -> m.route("/")
                        .source(module)
                        .addWritableVolume("/data", data)
                        .allowLinks("/data"))
                .build()) {
            WagiResponse response = wagi.handle(WagiRequest.builder("POST", "/")
                    .body("body".getBytes(StandardCharsets.US_ASCII))
                    .build());

            assertThat(response.text())
                    .isEqualTo(row.checks.stream().map(check -> check + " ok\n").collect(Collectors.joining()));
        }
        assertThat(directory.resolve("secret")).hasContent("SECRET");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("secret")
                    .doesNotContain("x", "made");
        }
    }

    private Path module(Language language) throws Exception {
        if (language == Language.GO) {
            return go();
        }
        String name = language == Language.C ? "files-c.wasm" : "files-rust.wasm";
        return resource(name);
    }

    private Path resource(String name) throws IOException {
        Path file = directory.resolve(name);
        try (InputStream in =
                Objects.requireNonNull(ProgramsTest.class.getResourceAsStream("/programs/" + name), name)) {
            Files.copy(in, file);
        }
        return file;
    }

    /** Built here: 3.5 MB are too many to be committed. */
    private Path go() throws Exception {
        String version = run(List.of("go", "env", "GOVERSION"));
        assumeTrue(version != null, "SKIPPED: Go is not installed");
        assumeTrue(
                version.matches("(?s)go1\\.[0-9]+.*")
                        && Integer.parseInt(version.replaceFirst("(?s)go1\\.([0-9]+).*", "$1")) >= GO_MINOR,
                "SKIPPED: Go " + version.strip() + " is older than 1." + GO_MINOR);
        Path module = directory.resolve("files-go.wasm");
        String output = run(List.of(
                "go",
                "build",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags=-s -w -buildid=",
                "-o",
                module.toString(),
                resource("files.go").toString()));
        assertThat(module).as(output).exists();
        return module;
    }

    /** What a command prints; null if there is no such command. */
    private @Nullable String run(List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("GOOS", "wasip1");
        builder.environment().put("GOARCH", "wasm");
        builder.environment().put("GOTOOLCHAIN", "local");
        builder.environment().put("GOFLAGS", "");
        builder.environment().put("GOWORK", "off");
        builder.environment().put("GO111MODULE", "auto");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return null;
        }
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
