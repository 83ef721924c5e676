// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of clients that connect at the moment when a server stops: nobody is left waiting. */
class StoppingTest {

    /** In one round of five there was a connection that nobody read, and nobody closed. */
    private static final int ROUNDS = 40;

    private static final int CLIENTS = 4;

    /** How many connections a client opens, if it can. */
    private static final int CONNECTIONS = 50;

    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void port_connectionsOfTheLastMoment_areClosed(boolean shared) throws Exception {
        try (IoThreads io = IoThreads.start();
                Wagi wagi = Guests.builder(Limits.defaults()).build()) {
            for (int round = 0; round < ROUNDS; round++) {
                WagiServer.Builder builder = WagiServer.builder(wagi).port(0);
                WagiServer server = (shared ? builder.ioThreads(io) : builder).start();
                stopWhileConnecting(server, new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no modes of files, by which this is protected")
    void unixSocket_connectionsOfTheLastMoment_areClosed() throws Exception {
        Path file = Files.createTempDirectory(Path.of("/tmp"), "wagi").resolve("wagi.sock");
        try (Wagi wagi = Guests.builder(Limits.defaults()).build()) {
            for (int round = 0; round < ROUNDS; round++) {
                ServerSocketChannel socket = WagiServer.bind(file);
                WagiServer server = WagiServer.builder(wagi).socket(socket).start();
                stopWhileConnecting(server, UnixDomainSocketAddress.of(file));
            }
        } finally {
            threads.shutdown();
            Files.deleteIfExists(file);
            Files.delete(file.getParent());
        }
    }

    private void stopWhileConnecting(WagiServer server, SocketAddress address) throws Exception {
        CountDownLatch connected = new CountDownLatch(CLIENTS);
        List<Future<List<SocketChannel>>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(threads.submit(() -> connect(address, connected)));
        }
        assertThat(connected.await(2, TimeUnit.MINUTES)).isTrue();

        server.close();

        for (Future<List<SocketChannel>> client : clients) {
            for (SocketChannel connection : client.get()) {
                readToTheEnd(connection);
            }
        }
    }

    /** Connects and asks again and again, until nobody takes connections any more. */
    private static List<SocketChannel> connect(SocketAddress address, CountDownLatch connected) {
        List<SocketChannel> connections = new ArrayList<>();
        byte[] request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try {
            while (connections.size() < CONNECTIONS) {
                SocketChannel connection = SocketChannel.open(address);
                connections.add(connection);
                connected.countDown();
                connection.write(ByteBuffer.wrap(request));
            }
        } catch (IOException e) {
            // Refused, or reset: the server has stopped.
        } finally {
            connected.countDown();
        }
        return connections;
    }

    private static void readToTheEnd(SocketChannel connection) {
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        try (connection) {
            while (connection.read(buffer.clear()) >= 0) {
                // A response, if it came in time.
            }
        } catch (IOException e) {
            // Reset, which is an end as well. An interrupt by the time limit fails the test all the same.
        }
    }
}
