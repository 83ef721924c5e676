// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wagi env}: what a guest would see, and what is not shown. */
class EnvCommandTest {

    @TempDir
    private Path directory;

    private String configuration;

    @BeforeEach
    void writeConfiguration() throws IOException {
        configuration = Files.writeString(directory.resolve("modules.toml"), """
                [[module]]
                route = "/env/..."
                module = '%s'
                environment = { TOKEN = "from the file", LINES = "one\\ntwo", HOSTILE = "\\u001b[2J\\u0085\\u2028\\u202e\\u2066" }
                """.formatted(
                                Cli.ROOT.resolve("samples/modules/env/env.wasm")))
                .toString();
    }

    @Test
    void env_request_showsVariablesArgumentsAndBody_butNoConfiguredValue() {
        Cli.Result result = Cli.run(
                "env",
                "-c",
                configuration,
                "-X",
                "PUT",
                "-H",
                "X-A: 1",
                "-d",
                "hello",
                "-e",
                "KEY=given",
                "/env/a?b=c&d");

        assertThat(result.text().lines())
                .contains(
                        "module env, route /env/..., entrypoint _start",
                        "  REQUEST_METHOD=PUT",
                        "  PATH_INFO=/a",
                        "  QUERY_STRING=b=c&d",
                        "  HTTP_X_A=1",
                        "  TOKEN=***",
                        "  LINES=***",
                        "  KEY=***")
                .containsSubsequence("arguments", "  /env/a", "  b=c", "  d", "standard input", "  5 bytes");
        assertThat(result.text()).doesNotContain("from the file", "given");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    @Test
    void env_showValues_showsThemOnALineEach() {
        Cli.Result result = Cli.run("env", "-c", configuration, "-e", "KEY=given", "--show-values", "/env");

        assertThat(result.text().lines())
                .contains(
                        "  TOKEN=from the file",
                        "  LINES=one\\ntwo",
                        "  HOSTILE=\\x1b[2J\\x85\\u2028\\u202e\\u2066",
                        "  KEY=given");
    }

    /** The sample prints what it gets, so both must be the same. */
    @Test
    void env_isWhatTheGuestGets() {
        Cli.Result shown = Cli.run("env", "-c", configuration, "--show-values", "-H", "Accept: a/b", "/env/p?q=r");
        Cli.Result run = Cli.run("request", "-c", configuration, "-s", "-H", "Accept: a/b", "/env/p?q=r");

        String[] seen = run.text()
                .lines()
                .filter(line -> line.matches("[A-Z_]+=.*")
                        && !line.startsWith("X_REQUEST_ID=")
                        && !line.startsWith("LINES=")
                        && !line.startsWith("HOSTILE="))
                .map("  "::concat)
                .toArray(String[]::new);
        assertThat(seen).hasSizeGreaterThan(15);
        assertThat(shown.text().lines()).contains(seen);
    }

    @Test
    void env_noModuleAnswers_isAnError() {
        Cli.Result result = Cli.run("env", "-c", configuration, "/other");

        assertThat(result.stderr())
                .isEqualToIgnoringNewLines("wagi: no module answers GET of this path in " + configuration
                        + "; 'wagi routes' shows all routes");
        assertThat(result.code()).isEqualTo(1);
    }
}
