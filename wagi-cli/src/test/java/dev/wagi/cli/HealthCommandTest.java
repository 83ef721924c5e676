// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthCommandTest {

    private HttpServer server;

    private String base;

    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            exchange.getResponseHeaders().set("Location", "/?200");
            exchange.sendResponseHeaders(Integer.parseInt(query), -1);
            exchange.close();
        });
        server.start();
        base = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @CsvSource({"200, 0", "204, 1", "302, 1", "401, 1", "404, 1", "503, 1"})
    void health_isThatTheAnswerIs200(int status, int code) {
        String url = base + "/healthz?" + status;

        assertThat(run(url)).isEqualTo(code);

        assertThat(err.toString())
                .isEqualTo(code == 0 ? "" : "wagi: " + url + " answered " + status + " instead of 200%n".formatted());
    }

    @Test
    void health_nobodyListens_saysSo() throws IOException {
        String url;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            url = "http://127.0.0.1:" + free.getLocalPort() + "/healthz";
        }

        assertThat(run(url)).isEqualTo(1);

        assertThat(err.toString()).startsWith("wagi: " + url + " does not answer: ");
    }

    private int run(String url) {
        return Main.commandLine().setErr(new PrintWriter(err)).execute("health", url);
    }
}
