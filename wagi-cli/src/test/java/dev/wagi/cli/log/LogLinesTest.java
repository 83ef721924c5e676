// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** What a line of the log looks like, and which there are. */
class LogLinesTest {

    private static final OffsetDateTime TIME = OffsetDateTime.parse("2026-11-23T05:00:00.1239+01:00");

    private final ObjectReader json = new ObjectMapper().readerFor(Map.class);

    @Test
    void text_hasTimeLevelAndTheLastPartOfTheLogger() {
        assertThat(TextLine.of(TIME, Level.WARN, "dev.wagi.core.Wagi", "hello", null))
                .isEqualTo("2026-11-23T05:00:00.123+01:00 WARN Wagi - hello");
        assertThat(TextLine.of(OffsetDateTime.parse("2026-11-23T05:00:00Z"), Level.INFO, "wagi", "hello", null))
                .isEqualTo("2026-11-23T05:00:00.000Z INFO wagi - hello");
    }

    @Test
    void text_ofFailure_hasItsStack() {
        assertThat(TextLine.of(TIME, Level.ERROR, "a.b", "failed", new IOException("disk", new IOException("full")))
                        .lines())
                .startsWith("2026-11-23T05:00:00.123+01:00 ERROR b - failed", "java.io.IOException: disk")
                .anyMatch(line -> line.startsWith("Caused by: java.io.IOException: full"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "\"}{\"",
                "\\",
                "a\nb\r\t\u0000\u001b[31m\u007f",
                "äöü €",
                "\ud83d\ude00",
                "</script>"
            })
    void json_anyText_isOneLineAndUnchanged(String text) throws IOException {
        String line = JsonLine.of(TIME, Level.INFO, "x." + text, text, null);

        assertThat(line).doesNotContain("\n", "\r");
        assertThat(json.<Map<String, Object>>readValue(line))
                .isEqualTo(Map.of(
                        "time",
                        "2026-11-23T05:00:00.123+01:00",
                        "level",
                        "INFO",
                        "logger",
                        "x." + text,
                        "message",
                        text));
    }

    @Test
    void json_ofFailure_hasItsStack() throws IOException {
        String line = JsonLine.of(null, Level.ERROR, "wagi", "failed", new IOException("disk\nfull"));

        assertThat(line).doesNotContain("\n");
        assertThat(json.<Map<String, Object>>readValue(line))
                .containsOnlyKeys("level", "logger", "message", "exception")
                .extractingByKey("exception")
                .asString()
                .startsWith("java.io.IOException: disk\nfull");
    }

    @ParameterizedTest
    @CsvSource({
        "dev.wagi.core.Wagi, INFO, DEBUG",
        "dev.wagi, INFO, DEBUG",
        "dev.wagi.server, WARN, DEBUG",
        "dev.wagi.server.WagiServer, WARN, DEBUG",
        "dev.wagi.serverless, INFO, DEBUG",
        "dev.wagisomething, WARN, WARN",
        "org.eclipse.jetty.http.HttpParser, ERROR, ERROR",
        "io.fabric8.kubernetes.client.X, ERROR, ERROR",
        "com.example.X, WARN, WARN",
    })
    void threshold_isOfTheNearestName(String logger, Level level, Level verbose) {
        Threshold threshold = Threshold.of(logger);

        assertThat(threshold.level()).isEqualTo(level);
        assertThat(threshold.verbose()).isEqualTo(verbose);
    }
}
