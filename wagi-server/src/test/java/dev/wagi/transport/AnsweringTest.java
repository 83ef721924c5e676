// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.WagiListener;
import dev.wagi.server.WagiServer;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a watchdog asks a server. */
class AnsweringTest {

    /** Longer than a busy machine takes. */
    private static final Duration LONG = Duration.ofMinutes(2);

    /** Of all tests, so it stays open. */
    private final Wagi wagi = Guests.hello();

    /** What a server that does not answer is waited for. */
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "localhost"})
    void served_answers(String host) {
        WagiServer server = WagiServer.builder(wagi).host(host).port(0).start();
        try (server) {
            assertThat(server.isAnswering(LONG)).isTrue();
            assertThat(server.isAnswering(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
        }
        assertThat(server.isAnswering(LONG)).isFalse();
    }

    @Test
    void unixSocket_answers() throws Exception {
        Path directory = Files.createTempDirectory(Path.of("/tmp"), "wagi"); // short, as paths of sockets must be
        try (WagiServer server = WagiServer.builder(wagi)
                .socket(WagiServer.bind(directory.resolve("wagi.sock")))
                .start()) {
            assertThat(server.isAnswering(LONG)).isTrue();
        } finally {
            Files.delete(directory);
        }
    }

    @Test
    void tls_answers() throws Exception {
        Certificates.Pair pair = Certificates.local();
        try (WagiServer server = WagiServer.builder(wagi)
                .port(0)
                .tls(pair.write(folder), pair.keyFile(folder))
                .start()) {
            assertThat(server.isAnswering(LONG)).isTrue();
        }
    }

    /** Clients must not be able to have a server restarted by its watchdog. */
    @Test
    void asManyConnectionsAsThereMayBe_answers() throws Exception {
        try (Wagi own = Guests.host();
                WagiServer server =
                        WagiServer.builder(own).port(0).maxConnections(1).start();
                RawClient client = new RawClient(server.uri())) {
            // A request in flight: an idle connection makes room.
            client.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n.");
            client.readUntil("first\n");

            assertThat(server.isAnswering(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void asManyConnectionsOfOneAddressAsThereMayBe_answers() throws Exception {
        try (WagiServer server = WagiServer.builder(wagi)
                        .port(0)
                        .maxConnectionsPerAddress(1)
                        .start();
                RawClient client = new RawClient(server.uri())) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            client.read();

            assertThat(server.isAnswering(LONG)).isTrue();
        }
    }

    @Test
    void threadThatReadsHangs_doesNotAnswer() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        WagiListener hanging = new WagiListener() {
            @Override
            public void requestStarted(RequestStarted event) {
                hangs.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (Wagi wagi = Guests.builder(Limits.defaults()).addListener(hanging).build();
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                Socket client = connect(server.uri())) {
            client.getOutputStream()
                    .write("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            hangs.await();

            assertThat(server.isAnswering(SHORT)).isFalse();

            released.countDown();

            assertThat(server.isAnswering(LONG)).isTrue();
        } finally {
            released.countDown();
        }
    }

    @Test
    void limit_isAboveZero() {
        try (WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            assertThatThrownBy(() -> server.isAnswering(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("limit must be above 0, not PT0S");
        }
    }

    private static Socket connect(URI uri) throws Exception {
        return new Socket(uri.getHost(), uri.getPort());
    }
}
