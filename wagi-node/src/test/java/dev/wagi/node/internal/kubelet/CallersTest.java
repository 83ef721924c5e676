// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.node.internal.cluster.Api;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallersTest {

    /** As many as may be asked about at once. */
    private static final int QUESTIONS = 12;

    private static final String NOBODY = """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": {"authenticated": false}}
            """;

    /** Strangers with ever new tokens must not hold all threads of the kubelet API while the API server is silent. */
    @Test
    void ofToken_apiServerIsSilent_fewWait(@TempDir Path directory) throws Exception {
        CountDownLatch asked = new CountDownLatch(QUESTIONS);
        CountDownLatch answered = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            asked.countDown();
            try {
                answered.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            byte[] nobody = NOBODY.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(201, nobody.length);
            exchange.getResponseBody().write(nobody);
            exchange.close();
        });
        server.start();
        try {
            Path file = Files.writeString(directory.resolve("kubeconfig"), """
                    apiVersion: v1
                    kind: Config
                    current-context: silent
                    clusters: [{name: silent, cluster: {server: "http://127.0.0.1:%d"}}]
                    contexts: [{name: silent, context: {cluster: silent, user: node}}]
                    users: [{name: node, user: {token: node}}]
                    """.formatted(
                            server.getAddress().getPort()));
            Callers callers = new Callers(Api.of(Api.kubeconfig(file.toFile())), "node", Clock.systemUTC());
            List<Future<Optional<Caller>>> waiting = new ArrayList<>();
            for (int i = 0; i < QUESTIONS; i++) {
                String token = "stranger-" + i;
                waiting.add(threads.submit(() -> callers.ofToken(token)));
            }
            asked.await();

            assertThatThrownBy(() -> callers.ofToken("one more")).isInstanceOf(Callers.BusyException.class);

            answered.countDown();
            for (Future<Optional<Caller>> each : waiting) {
                assertThat(each.get()).isEmpty();
            }
            assertThat(callers.ofToken("one more")).isEmpty();
        } finally {
            answered.countDown();
            server.stop(0);
            threads.shutdownNow();
        }
    }
}
