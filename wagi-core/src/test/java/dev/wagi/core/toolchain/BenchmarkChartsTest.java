// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The charts of the documentation show the figures of its tables; {@code -Dwagi.regenerate=true} draws them again. */
class BenchmarkChartsTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    @Test
    void charts_areThoseOfTheTables() throws IOException {
        Map<String, String> charts = BenchmarkCharts.draw(ROOT);

        for (Map.Entry<String, String> chart : charts.entrySet()) {
            Path file = ROOT.resolve("docs/images").resolve(chart.getKey());
            if (Boolean.getBoolean("wagi.regenerate")) {
                Files.writeString(file, chart.getValue());
            }
            assertThat(file).hasContent(chart.getValue());
        }
        // Also what is not in our favour.
        assertThat(charts.get("benchmark-wasmtime.svg"))
                .contains("<desc", "sha256: JDK 17 1.9", "CPython, start: JDK 17 5.05")
                .contains("SQLite, one query: JDK 17 0.25");
        assertThat(charts.get("benchmark-requests.svg")).contains("Rust: WAGI 22, CHICORY 211", "PLAIN_JAVA 2.7");
    }
}
