// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient.Request;
import dev.wagi.core.api.OutboundHttpClient.Response;
import dev.wagi.outbound.internal.EndlessServer.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Servers that never stop sending, in a JVM with a small heap: each call is ended by a limit on data and not by its
 * time limit, and the next call to another server succeeds.
 */
class EndlessServerTest {

    /** The outcomes by kind. */
    private static final int CALLS = 4;

    @Test
    @Timeout(300)
    void send_endless_endsByABound() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx48m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Calls.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            out.lines().filter(line -> line.startsWith("= ")).forEach(lines::add);
        } finally {
            process.destroyForcibly();
        }

        assertThat(lines)
                .containsExactlyElementsOf(Arrays.stream(Kind.values())
                        .map(EndlessServerTest::expected)
                        .toList());
    }

    private static String expected(Kind kind) {
        return "= " + kind + " bound".repeat(CALLS) + ", then 200";
    }

    /** The JVM with a small heap. */
    static final class Calls {

        private Calls() {}

        /** Prints a line for each kind. */
        public static void main(String[] args) throws Exception {
            JettyHttpClient client = new JettyHttpClient(TestServer.trust());
            try (TestServer good = TestServer.start()) {
                for (Kind kind : args.length == 0 ? Kind.values() : new Kind[] {Kind.valueOf(args[0])}) {
                    try (EndlessServer server = new EndlessServer(kind, TestServer.trust())) {
                        List<CompletableFuture<String>> calls = new ArrayList<>();
                        for (int i = 0; i < CALLS; i++) {
                            CompletableFuture<String> call = new CompletableFuture<>();
                            new Thread(() -> call.complete(end(client, kind, server))).start();
                            calls.add(call);
                        }
                        StringBuilder line = new StringBuilder("= " + kind);
                        for (CompletableFuture<String> call : calls) {
                            line.append(' ').append(call.get());
                        }
                        try (Response next = client.send(request("http", good.port()))) {
                            line.append(", then ").append(next.status());
                        }
                        System.out.println(line);
                    }
                }
            }
            System.exit(0);
        }

        /** The end of a call. */
        private static String end(JettyHttpClient client, Kind kind, EndlessServer server) {
            try (Response response = client.send(request(kind.http2 ? "https" : "http", server.port()))) {
                if (kind.unread && !server.ended.tryAcquire(100, TimeUnit.SECONDS)) {
                    return "goes on";
                }
                response.body().readAllBytes();
                // Trailers end a response, regardless of what follows.
                return kind == Kind.TRAILERS_H2 ? "bound" : "complete";
            } catch (IOException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    if (cause instanceof TimeoutException || cause instanceof java.net.SocketTimeoutException) {
                        // HTTP/2 frames are limited by their rate, which a busy machine may not reach.
                        return kind.http2 ? "bound" : "time";
                    }
                }
                if (Boolean.getBoolean("wagi.test.print")) {
                    e.printStackTrace(System.out);
                }
                return "bound";
            } catch (Throwable e) {
                return e.toString();
            }
        }

        private static Request request(String scheme, int port) {
            return Request.builder("guest", "GET", URI.create(scheme + "://a.test:" + port + "/echo"))
                    .host("a.test")
                    .port(port)
                    .addresses(List.of(InetAddress.getLoopbackAddress()))
                    .headers(Headers.none())
                    .body(new byte[0])
                    .timeout(Duration.ofSeconds(100))
                    .build();
        }
    }
}
