// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.node.api.NodeException;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubeconfigTest {

    @TempDir
    private Path files;

    private Path kubeconfig(String server, String user) throws IOException {
        return Files.writeString(files.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: a
                clusters: [{name: a, cluster: {server: "%s"}}]
                contexts: [{name: a, context: {cluster: a, user: me}}]
                users: [{name: other, user: {tokenFile: other}}, {name: me, user: %s}]
                """.formatted(server, user));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{token: from-kubeconfig}                  | Bearer from-kubeconfig | Bearer from-kubeconfig",
                "{tokenFile: token}                        | Bearer first           | Bearer second",
                "{tokenFile: token, token: from-kubeconfig} | Bearer first          | Bearer second",
                "{tokenFile: '', token: from-kubeconfig}   | Bearer from-kubeconfig | Bearer from-kubeconfig",
            })
    void token_isTheUsersAndReadAgain(String user, String before, String after) throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Path token = Files.writeString(files.resolve("token"), "first\n");
        Files.writeString(files.resolve("other"), "other\n");
        Path kubeconfig = kubeconfig("http://127.0.0.1:" + server.getAddress().getPort(), user);
        try (Api api = Identity.of(kubeconfig, files.resolve("data"), Clock.systemUTC())
                .api()) {
            api.get("/api/v1/nodes/a", Node.class);
            Files.writeString(token, "second\n");
            api.get("/api/v1/nodes/a", Node.class);
        } finally {
            server.stop(0);
        }

        assertThat(seen).containsExactly(before, after);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{                     | cannot be used",
                "users: [{name: me}]]   | cannot be used",
                "just text              | cannot be used",
            })
    void kubeconfig_thatIsMalformed_isReportedWithItsName(String text, String problem) throws IOException {
        Path file = Files.writeString(files.resolve("kubeconfig"), text);

        assertThatThrownBy(() -> Identity.of(file, files, Clock.systemUTC()))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("the kubeconfig " + file)
                .hasMessageContaining(problem);
    }

    @Test
    void tokenFile_thatIsMissing_isReportedWithItsName() throws IOException {
        Path kubeconfig = kubeconfig("http://127.0.0.1:1", "{tokenFile: missing}");
        try (Api api = Identity.of(kubeconfig, files.resolve("data"), Clock.systemUTC())
                .api()) {
            assertThatThrownBy(() -> api.get("/api/v1/nodes/a", Node.class))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining(files.resolve("missing") + " with the token cannot be read");
        }
    }
}
