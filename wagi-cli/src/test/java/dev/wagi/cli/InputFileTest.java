// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that name files: what is no file, has no end or cannot be written in the locale. */
@DisabledOnOs(OS.WINDOWS)
class InputFileTest {

    @TempDir
    private Path directory;

    /** Arguments, DIR and SAMPLES filled in, and the line that the command prints. */
    record Row(String line, String... arguments) {
        @Override
        public String toString() {
            return String.join(" ", arguments);
        }
    }

    static Stream<Row> devices() {
        return Stream.of(
                new Row(
                        "/dev/zero is not a regular file; name a .wasm or .wat file",
                        "push",
                        "/dev/zero",
                        "a.example/b:v1"),
                new Row("DIR is a directory; name a .wasm or .wat file in it", "push", "DIR", "a.example/b:v1"),
                new Row("there is no file DIR/none; check the path", "push", "DIR/none", "a.example/b:v1"),
                new Row("/dev/zero is not a regular file; name a .wasm or .wat file", "inspect", "/dev/zero"),
                new Row("DIR is a directory; name a .wasm or .wat file in it", "inspect", "DIR"),
                new Row("there is no file none.wasm; check the path", "inspect", "none.wasm"),
                new Row("the name is empty; name a .wasm or .wat file, or an image", "inspect", ""),
                new Row("there is no file modules/none.wat; check the path", "inspect", "modules/none.wat"),
                new Row(
                        "DIR, given with -d, is a directory; name a file in it",
                        "request",
                        "-c",
                        "SAMPLES",
                        "/echo",
                        "-d",
                        "@DIR"),
                new Row("/dev/zero: is not a regular file; name a modules.toml", "check", "-c", "/dev/zero"),
                new Row("/dev/zero: is not a regular file; name a Kubernetes manifest", "check", "-f", "/dev/zero"),
                new Row(
                        "/dev/zero: is larger than 1 MiB; is it a file of variables?",
                        "check",
                        "-c",
                        "SAMPLES",
                        "--env-file",
                        "/dev/zero"),
                new Row(
                        "/dev/zero, given with -d, is larger than 8 MiB; send it with curl to 'wagi serve', or raise"
                                + " the heap with WAGI_JAVA_OPTS=-Xmx",
                        "request",
                        "-c",
                        "SAMPLES",
                        "/echo",
                        "-d",
                        "@/dev/zero"),
                new Row(
                        "'/dev/zero': it is larger than 4 MiB. Name the PEM file that holds the certificate",
                        "serve",
                        "-c",
                        "SAMPLES",
                        "-l",
                        "127.0.0.1:0",
                        "--engine",
                        "interpreter",
                        "--tls-cert",
                        "/dev/zero",
                        "--tls-key",
                        "/dev/zero"),
                new Row("it is larger than 4 MiB", "inspect", "a.example/b:v1", "--registry-ca", "/dev/zero"),
                new Row(
                        "it is larger than 4 MiB",
                        "inspect",
                        "a.example/b:v1",
                        "--verify-signatures",
                        "require",
                        "--signature-key",
                        "/dev/zero"));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void run_fileWithoutEnd_saysSo(Row row) {
        List<String> arguments = new ArrayList<>();
        for (String argument : row.arguments) {
            arguments.add(argument.replace("DIR", directory.toString()).replace("SAMPLES", Cli.SAMPLES));
        }
        ProcessBuilder command = Cli.command(arguments.toArray(String[]::new));
        command.command().add(1, "-Xmx72m"); // of which the serial collector keeps a part for itself

        Cli.Result result = Cli.finish(Cli.start(command), new byte[0]);

        assertThat(result.stderr()).contains(row.line.replace("DIR", directory.toString()));
        assertThat(result.code()).isNotZero();
    }

    @Test
    void inspect_pipe_isNoImage() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThat(Cli.run("inspect", pipe.toString()).stderr())
                .isEqualToIgnoringNewLines("wagi: " + pipe + " is not a regular file; name a .wasm or .wat file");
    }

    @Test
    void serve_logDirectoryThatIsNone_isReportedAtTheStart() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        for (String logs : List.of(file.toString(), file.resolve("below").toString())) {
            Cli.Result result = Cli.run(
                    "serve", "-c", Cli.SAMPLES, "-l", "127.0.0.1:0", "--engine", "interpreter", "--log-dir", logs);

            assertThat(result.stderr())
                    .contains("wagi: log directory " + logs + ": ")
                    .contains("; correct its permissions, or name another with --log-dir");
            assertThat(result.code()).isEqualTo(1);
        }
    }

    static Stream<String> paths() {
        return Stream.of(
                "check -c NAME",
                "check -f NAME",
                "check -c SAMPLES --env-file NAME",
                "request -c SAMPLES /echo --cache NAME",
                "check -c accent.toml",
                "check -c accent-volume.toml",
                "serve -c SAMPLES -l 127.0.0.1:0 --log-dir NAME",
                "serve -c SAMPLES -l 127.0.0.1:0 --tls-cert NAME --tls-key NAME",
                "request -c SAMPLES /echo -d @NAME",
                "push NAME a.example/b:v1",
                "pull a.example/b:v1 -o NAME",
                "inspect a.example/b:v1 --registry-ca NAME",
                "inspect a.example/b:v1 --registry-config NAME");
    }

    /**
     * In a process whose locale has ASCII only; newer JVMs may have all of Unicode there, and then the file is missing.
     */
    @ParameterizedTest
    @MethodSource("paths")
    void run_pathThatTheLocaleDoesNotHave_saysWhatToSet(String line) throws IOException {
        Files.writeString(directory.resolve("accent.toml"), "[[module]]\nroute = \"/\"\nmodule = \"caf\u00e9.wasm\"\n");
        Files.writeString(
                directory.resolve("accent-volume.toml"),
                "[[module]]\nroute = \"/\"\nmodule = \"" + Cli.ROOT.resolve("samples/modules/log/log.wasm")
                        + "\"\nvolumes = { \"/x\" = \"caf\u00e9\" }\n");
        StringBuilder script = new StringBuilder("NAME=$(printf 'caf\\303\\251'); export LC_ALL=C; exec");
        Cli.command().command().forEach(word -> script.append(" '").append(word).append('\''));
        script.append(' ')
                .append(line.replace("NAME", "\"$NAME\"")
                        .replace("@\"$NAME\"", "\"@$NAME\"")
                        .replace("SAMPLES", Cli.SAMPLES));
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", script.toString()).directory(directory.toFile());
        shell.environment().putAll(Cli.command().environment());

        Cli.Result result = Cli.finish(Cli.start(shell), new byte[0]);

        assertThat(result.stderr())
                .contains("LC_ALL")
                .doesNotContain("unmappable", "Exception", "report what it prints");
        assertThat(result.code()).isNotZero();
    }
}
