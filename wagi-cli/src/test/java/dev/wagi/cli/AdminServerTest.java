// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the administration answers, byte by byte. */
class AdminServerTest {

    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(
                ListenAddress.parse("127.0.0.1:0"),
                false,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                AdminServer.Paths.NONE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String exchange(String head) throws IOException {
        URI uri = URI.create(server.uri());
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LOADING,  GET  /healthz, 200, ok",
        "LOADING,  GET  /readyz,  503, modules are being loaded",
        "READY,    GET  /readyz,  200, ok",
        "READY,    GET  /readyz?x=y, 200, ok",
        "STOPPING, GET  /readyz,  503, stopping",
        "STOPPING, GET  /healthz, 200, ok",
        "READY,    HEAD /healthz, 200, ''",
        "READY,    GET  /,        404, Not Found",
        "READY,    GET  /secret,  404, Not Found",
        "READY,    GET  /%2e%2e/metrics, 400, Bad Request",
        "READY,    PUT  /healthz, 405, Method Not Allowed",
        "READY,    SECRET /healthz, 405, Method Not Allowed",
    })
    void answers(String state, String methodAndPath, int status, String body) throws IOException {
        if (!state.equals("LOADING")) {
            server.ready();
        }
        if (state.equals("STOPPING")) {
            server.stopping();
        }

        String response = exchange(methodAndPath.replaceAll(" +", " ")
                + " HTTP/1.1\r\nHost: localhost\r\nCookie: secret\r\nConnection: close\r\n\r\n");

        assertThat(response)
                .startsWith("HTTP/1.1 " + status + " ")
                .endsWith("\r\n\r\n" + (body.isEmpty() ? "" : body + "\n"))
                .doesNotContainIgnoringCase("secret")
                .doesNotContainIgnoringCase("jetty");
    }

    @ParameterizedTest
    @CsvSource({"'GET /healthz HTTP/1.1\r\n\r\n', 400", "'GET /healthz\r\n\r\n', 505", "'\u0001\r\n\r\n', 400"})
    void malformed_isRefusedWithoutAnEcho(String head, int status) throws IOException {
        assertThat(exchange(head)).startsWith("HTTP/1.1 " + status + " ").doesNotContain("<");
    }

    @Test
    void longHeader_isRefused() throws IOException {
        String head = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(9000) + "\r\n\r\n";

        assertThat(exchange(head)).startsWith("HTTP/1.1 431 ").doesNotContain("xxx");
    }
}
