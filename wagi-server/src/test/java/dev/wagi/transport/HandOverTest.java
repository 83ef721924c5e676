// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Two servers at one port, of which one leaves. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@EnabledOnOs(value = OS.LINUX, disabledReason = "other systems do not give connections to both")
class HandOverTest {

    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String ENV = "GET /env HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final Duration LONG = Duration.ofHours(1);

    private static int port(ServerSocketChannel socket) throws IOException {
        return ((InetSocketAddress) socket.getLocalAddress()).getPort();
    }

    private static WagiServer serve(Wagi wagi, ServerSocketChannel socket, Duration handOver) {
        return WagiServer.builder(wagi)
                .socket(socket)
                .handOver(handOver)
                .grace(LONG)
                .start();
    }

    /** Only the old server has /hello, only the new one /env. */
    @Test
    void close_ofOneThatHandsOver_answersItsConnectionsOnceMoreAndEndsThem() throws Exception {
        ServerSocketChannel own = WagiServer.bindShared("127.0.0.1", 0);
        WagiServer old = serve(Guests.hello(), own, LONG);
        try (RawClient early = new RawClient(old.uri())) {
            assertThat(early.send(HELLO).read().status()).isEqualTo(200);
            try (Wagi host = Guests.env();
                    WagiServer successor = serve(host, WagiServer.bindShared("127.0.0.1", port(own)), Duration.ZERO)) {
                assertThat(successor.port()).isEqualTo(old.port());

                CompletableFuture<Void> closed = old.closeAsync(LONG, ForkJoinPool.commonPool());
                awaitOnly(successor);

                assertThat(closed).isNotDone();
                RawClient.Response last = early.send(HELLO).read();
                assertThat(last.status()).isEqualTo(200);
                assertThat(last.first("Connection")).isEqualTo("close");
                closed.get();
                assertThat(early.readAll()).isEmpty();
                assertThat(status(successor)).isEqualTo(200);
            }
        }
    }

    /**
     * Until the other one, which does not know what is asked for, gets no connection any more. The system may reset
     * what it gives to a socket that is being closed.
     */
    private static void awaitOnly(WagiServer successor) {
        int inARow = 0;
        while (inARow < 20) {
            assertThat(Thread.interrupted()).as("still answered by the old one").isFalse();
            inARow = isAnswered(successor) ? inARow + 1 : 0;
        }
    }

    private static boolean isAnswered(WagiServer successor) {
        try {
            return status(successor) == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static int status(WagiServer server) throws IOException {
        try (RawClient client = new RawClient(server.uri())) {
            return client.send(ENV).read().status();
        }
    }

    /** However long it may take: a connection that is idle for good is closed in the end. */
    @Test
    void close_whileAConnectionIsIdle_endsAfterTheHandOver() throws Exception {
        WagiServer old = serve(Guests.hello(), WagiServer.bindShared("127.0.0.1", 0), Duration.ofMillis(50));
        try (RawClient idle = new RawClient(old.uri())) {
            assertThat(idle.send(HELLO).read().status()).isEqualTo(200);

            old.close();

            assertThat(idle.readAll()).isEmpty();
        }
    }

    @Test
    void bindShared_portThatIsNotShared_saysWhatToDo() throws Exception {
        try (ServerSocketChannel alone = WagiServer.bind("127.0.0.1", 0)) {
            int port = port(alone);

            assertThatThrownBy(() -> WagiServer.bindShared("127.0.0.1", port))
                    .isInstanceOf(WagiServerException.class)
                    .hasMessageStartingWith("Cannot serve on 127.0.0.1:" + port
                            + ": the port is in use, and not by a server of this user that shares it.");
        }
    }

    @Test
    void bindShared_badAddress_isRefused() {
        assertThatThrownBy(() -> WagiServer.bindShared("", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WagiServer.bindShared("127.0.0.1", 65536))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WagiServer.builder(Guests.hello()).handOver(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
