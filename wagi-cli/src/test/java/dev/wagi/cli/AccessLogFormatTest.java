// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener.RequestEnded;
import dev.wagi.core.api.WagiRequest;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a line of the access log looks like. */
class AccessLogFormatTest {

    private static final Instant NOW = Instant.parse("2026-09-28T22:00:01.5Z");
    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

    record Row(
            String what, AccessLogFormat format, Consumer<WagiRequest.Builder> request, boolean answered, String line) {
        @Override
        public String toString() {
            return format + ": " + what;
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row(
                        "a response of a guest",
                        AccessLogFormat.COMMON,
                        request -> {},
                        true,
                        "192.0.2.7 - - [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c HTTP/1.1\" 200 12 0a1b"),
                new Row(
                        "no status, no bytes",
                        AccessLogFormat.COMMON,
                        request -> {},
                        false,
                        "192.0.2.7 - - [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c HTTP/1.1\" - - 0a1b"),
                new Row(
                        "a user with what would end the field or the line",
                        AccessLogFormat.COMMON,
                        request -> request.remoteUser("Ann \"B\"\n\u0142\u00e4"),
                        true,
                        "192.0.2.7 - Ann\\x09\\\"B\\\"\\x0a\\u0142\\xe4 [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c"
                                + " HTTP/1.1\" 200 12 0a1b"),
                new Row(
                        "an empty user",
                        AccessLogFormat.COMMON,
                        request -> request.remoteUser(""),
                        true,
                        "192.0.2.7 - - [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c HTTP/1.1\" 200 12 0a1b"),
                new Row(
                        "no fields",
                        AccessLogFormat.COMBINED,
                        request -> {},
                        true,
                        "192.0.2.7 - - [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c HTTP/1.1\" 200 12 \"-\" \"-\" 0a1b"),
                new Row(
                        "hostile fields",
                        AccessLogFormat.COMBINED,
                        request -> request.addHeader("Referer", "\" 200 1 \"\\")
                                .addHeader("User-Agent", "\u00e9\t\u007f")
                                .addHeader("Authorization", "Basic c2VjcmV0"),
                        true,
                        "192.0.2.7 - - [29/Sep/2026:00:00:00 +0200] \"GET /a?b=c HTTP/1.1\" 200 12 \"\\\" 200 1"
                                + " \\\"\\\\\" \"\\xe9\\x09\\x7f\" 0a1b"),
                new Row(
                        "a response of a guest",
                        AccessLogFormat.JSON,
                        request -> request.remoteUser("ann")
                                .addHeader("Host", "example.org")
                                .addHeader("Referer", "\"\\")
                                .addHeader("User-Agent", "\u00e9\t\u007f")
                                .addHeader("Cookie", "secret"),
                        true,
                        "{\"time\":\"2026-09-28T22:00:00Z\",\"request_id\":\"0a1b\",\"client\":\"192.0.2.7\",\"user\":\"ann\","
                                + "\"method\":\"GET\",\"target\":\"/a?b=c\",\"protocol\":\"HTTP/1.1\",\"scheme\":\"http\","
                                + "\"host\":\"example.org\",\"referer\":\"\\\"\\\\\",\"user_agent\":\"\\u00E9\\t?\","
                                + "\"status\":200,\"outcome\":\"answered\",\"broken_off\":false,\"module\":\"shop\","
                                + "\"route\":\"/a\",\"instance\":\"reused\",\"bytes_in\":3,\"bytes_out\":12,"
                                + "\"queue_ms\":0.25,\"guest_ms\":1000.0,\"total_ms\":1500.0}"),
                new Row(
                        "a client that went away",
                        AccessLogFormat.JSON,
                        request -> {},
                        false,
                        "{\"time\":\"2026-09-28T22:00:00Z\",\"request_id\":\"0a1b\",\"client\":\"192.0.2.7\","
                                + "\"method\":\"GET\",\"target\":\"/a?b=c\",\"protocol\":\"HTTP/1.1\",\"scheme\":\"http\","
                                + "\"outcome\":\"client_gone\",\"broken_off\":true,\"bytes_in\":0,\"bytes_out\":0,"
                                + "\"queue_ms\":0.0,\"guest_ms\":0.0,\"total_ms\":1500.0}"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void line(Row row) {
        WagiRequest.Builder request = WagiRequest.builder("GET", "/a?b=c").remoteAddress("192.0.2.7");
        row.request.accept(request);
        RequestEnded event = row.answered
                ? RequestEnded.builder("0a1b", request.build(), RequestOutcome.ANSWERED)
                        .module("shop", "/a")
                        .response(200, false)
                        .reused(true)
                        .bytes(3, 12)
                        .nanos(250_000, 1_000_000_000, 1_500_000_000)
                        .build()
                : RequestEnded.builder("0a1b", request.build(), RequestOutcome.CLIENT_GONE)
                        .response(0, true)
                        .nanos(0, 0, 1_500_000_000)
                        .build();

        assertThat(row.format.line(event, NOW, ZONE)).isEqualTo(row.line);
    }

    @ParameterizedTest
    @EnumSource
    void line_longValues_areCut(AccessLogFormat format) {
        String target = "/" + "\u00ff".repeat(16 << 10);
        WagiRequest request = WagiRequest.builder("M".repeat(8 << 10), target)
                .remoteUser("u".repeat(8 << 10))
                .addHeader("Host", "h".repeat(8 << 10))
                .addHeader("Referer", "\"".repeat(8 << 10))
                .addHeader("User-Agent", "\u00ff".repeat(8 << 10))
                .build();

        String line = format.line(
                RequestEnded.builder("0a1b", request, RequestOutcome.NOT_FOUND).build(), NOW, ZONE);

        assertThat(line.length()).isLessThan(48 << 10);
        assertThat(line).contains("...").contains("0a1b").matches("[ -~]+");
    }

    @Test
    void line_valuesThatFit_areWhole() {
        String target = "/" + "a".repeat(AccessLogFormat.MAX_TARGET - 1);

        String line = AccessLogFormat.COMMON.line(
                RequestEnded.builder("0a1b", WagiRequest.builder("GET", target).build(), RequestOutcome.NOT_FOUND)
                        .build(),
                NOW,
                ZONE);

        assertThat(line).contains(" " + target + " ");
    }
}
