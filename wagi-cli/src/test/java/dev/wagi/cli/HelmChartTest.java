// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be said of the chart without Helm. {@code .ci/chart} installs it on a real control plane. */
class HelmChartTest {

    private static final Path CHART = Path.of("../charts/wagi");

    @ParameterizedTest
    @CsvSource({"serve, server.yaml, 7", "node, node.yaml, 9"})
    void arguments_areOptionsOfTheCommand(String command, String template, int least) throws IOException {
        List<String> options = matches("- (?:\\{\\{ printf \")?(--[a-z-]+)", template, "_helpers.tpl");

        assertThat(options).hasSizeGreaterThan(least);
        assertThat(Main.commandLine()
                        .getSubcommands()
                        .get(command)
                        .getCommandSpec()
                        .optionsMap())
                .containsKeys(options.toArray(String[]::new));
    }

    @Test
    void version_isTheProjects() throws IOException {
        String pom = Files.readString(Path.of("../pom.xml"));
        Matcher version = Pattern.compile("<artifactId>wagi-parent</artifactId>\\s*<version>([^<]+)</version>")
                .matcher(pom);
        assertThat(version.find()).isTrue();

        assertThat(Files.readAllLines(CHART.resolve("Chart.yaml")))
                .contains("version: " + version.group(1), "appVersion: " + version.group(1));
    }

    private static List<String> matches(String pattern, String... templates) throws IOException {
        Stream.Builder<String> text = Stream.builder();
        for (String template : templates) {
            text.add(Files.readString(CHART.resolve("templates").resolve(template)));
        }
        return text.build()
                .flatMap(all -> Pattern.compile(pattern).matcher(all).results())
                .map(result -> result.group(1))
                .toList();
    }
}
