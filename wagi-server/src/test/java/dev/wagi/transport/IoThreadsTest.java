// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * A server that waits for its sockets on threads of several servers does what one with its own does, and is alone all
 * the same.
 */
class IoThreadsTest extends WagiServerTest {

    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

    private static final int MANY = 40;

    private static final IoThreads SHARED = IoThreads.start();

    @AfterAll
    static void end() {
        SHARED.close();
    }

    @Override
    WagiServer.Builder builder(Wagi host) {
        return super.builder(host).ioThreads(SHARED);
    }

    private static Set<Thread> all() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("wagi"))
                .collect(Collectors.toSet());
    }

    @Test
    void servers_many_takeNoThreadsWhileNobodyAsks() throws Exception {
        try (IoThreads io = IoThreads.start();
                Wagi wagi = Guests.host()) {
            Set<Thread> before = all();
            List<WagiServer> servers = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                servers.add(WagiServer.builder(wagi).port(0).ioThreads(io).start());
            }
            Set<Thread> more = all();
            more.removeAll(before);

            assertThat(more).hasSizeLessThan(MANY / 4);
            for (WagiServer server : servers) {
                assertHello(server);
                server.close();
            }
        }
    }

    private static void assertHello(WagiServer server) throws Exception {
        try (RawClient client = new RawClient(server.uri())) {
            assertThat(client.send(HELLO).read().status()).isEqualTo(200);
        }
    }

    /** They neither send what is waited for, nor read what they are sent; and more of them come all the time. */
    @Test
    void clientsOfOneServer_thatStall_doNotStallAnother() throws Exception {
        List<RawClient> stalled = new ArrayList<>();
        try (Wagi wagi = Guests.host();
                WagiServer busy = builder(wagi).port(0).grace(Duration.ZERO).start();
                WagiServer other = builder(Guests.hello()).port(0).start()) {
            for (String start : List.of(
                    "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n",
                    "POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.",
                    "POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.",
                    "GET /hello HTTP/1.1\r\nHost: ",
                    "")) {
                for (int i = 0; i < MANY; i++) {
                    stalled.add(new RawClient(busy.uri()).send(start));
                    assertHello(other);
                }
            }
        } finally {
            for (RawClient client : stalled) {
                client.close();
            }
        }
    }

    @Test
    void close_ofOne_closesItsPortAndLeavesTheOthersRequests() throws Exception {
        try (Wagi wagi = Guests.host();
                WagiServer staying = builder(wagi).port(0).start();
                RawClient busy = new RawClient(staying.uri())) {
            busy.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.");
            busy.readUntil("first\n");
            for (int i = 0; i < MANY; i++) {
                WagiServer leaving = builder(wagi).port(0).start();
                try (RawClient idle = new RawClient(leaving.uri())) {
                    idle.send(HELLO).read();

                    leaving.close();

                    assertThat(idle.readAll()).isEmpty();
                    assertThatThrownBy(() -> new RawClient(leaving.uri())).isInstanceOf(ConnectException.class);
                }
            }
            busy.send("second\n");

            assertThat(busy.readUntil("second\n")).endsWith("second\n");
        }
    }

    /** A limit of time for one server, which sweeps its connections only while there are some. */
    @Test
    void headerTimeout_isKeptForConnectionsThatComeAfterOthersHaveGone() throws Exception {
        try (WagiServer server = builder(Guests.hello())
                .port(0)
                .headerTimeout(Duration.ofMillis(50))
                .idleTimeout(Duration.ofHours(1)) // which would end them as well
                .start()) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = new RawClient(server.uri())) {
                    client.send("GET");

                    assertThat(client.readAll()).isEmpty();
                }
            }
        }
    }

    /** What it looks at is shared, and so is what accepts. */
    @Test
    void isAnswering_alsoWithAsManyConnectionsAsThereMayBe() throws Exception {
        try (Wagi wagi = Guests.host();
                WagiServer full = builder(wagi).port(0).maxConnections(1).start();
                RawClient only = new RawClient(full.uri())) {
            // A request in flight: an idle connection makes room.
            only.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n.");
            only.readUntil("first\n");

            assertThat(full.isAnswering(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void close_ofTheThreads_isWhenTheLastServerIsClosed() throws Exception {
        Set<Thread> before = all();
        IoThreads io = IoThreads.start();
        WagiServer server =
                WagiServer.builder(Guests.hello()).port(0).ioThreads(io).start();
        Set<Thread> own = all();
        own.removeAll(before);
        io.close();
        io.close();

        assertHello(server);
        assertThatThrownBy(WagiServer.builder(Guests.hello()).port(0).ioThreads(io)::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the threads for sockets are closed; start others");
        server.close();
        for (Thread thread : own) {
            thread.join(); // the test's time limit ends this
        }
    }
}
