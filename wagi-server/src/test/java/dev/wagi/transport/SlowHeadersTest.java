// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients whose requests never arrive although they keep sending: they are cut off, and others are served. */
class SlowHeadersTest {

    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    static Path folder;

    private static WagiServer.Builder plain() {
        return WagiServer.builder(Guests.hello()).port(0);
    }

    private static WagiServer.Builder secure() throws Exception {
        Certificates.Pair pair = Certificates.local();
        return plain().tls(pair.write(folder), pair.keyFile(folder));
    }

    /** What is sent first, and then again and again. */
    enum Dripping {
        EMPTY_LINES("", "\r\n"),
        METHOD("", "G"),
        REQUEST_LINE("GET /", "a"),
        FIELD("GET /hello HTTP/1.1\r\nHost: h\r\nX-A: ", "a"),
        FIELDS("GET /hello HTTP/1.1\r\nHost: h\r\n", "X-A: a\r\n"),
        AFTER_A_RESPONSE("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", "G"),
        AFTER_AN_ERROR("nonsense\r\n\r\n", "G"),
        /** A record of a ClientHello, of which a byte comes now and then. */
        TLS_HANDSHAKE("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", "a"),
        /** Its preface, then PINGs. */
        HTTP2_PING(Http2.PREFACE + Http2.SETTINGS, Http2.frame(6, 0, 0, "12345678")),
        HTTP2_PREFACE("PRI * HTTP/2.0\r\n\r\n", ""),
        HTTP2_PART_OF_A_FRAME(Http2.PREFACE + Http2.SETTINGS, "\u0000"),
        /** HEADERS that do not end: :method GET, and then fields without end. */
        HTTP2_CONTINUATION(Http2.PREFACE + Http2.SETTINGS + Http2.frame(1, 0, 1, "\u0082"), Http2.frame(9, 0, 1, ""));

        private final String first;
        private final String again;

        Dripping(String first, String again) {
            this.first = first;
            this.again = again;
        }

        boolean isHttp2() {
            return name().startsWith("HTTP2");
        }

        /** Sends until the connection is closed by the other side. */
        void drip(Socket socket) {
            try {
                send(socket, first);
                while (true) {
                    LockSupport.parkNanos(5_000_000);
                    send(socket, again);
                    // Not to be stopped by what the server sends.
                    int ready = socket.getInputStream().available();
                    if (ready > 0 && socket.getInputStream().read(new byte[ready]) < 0) {
                        return;
                    }
                    if (again.isEmpty() && socket.getInputStream().read() < 0) {
                        return;
                    }
                }
            } catch (IOException e) {
                // it is closed
            }
        }

        private static void send(Socket socket, String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static final class Http2 {
        static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        static final String SETTINGS = frame(4, 0, 0, "");

        static String frame(int type, int flags, int stream, String payload) {
            int length = payload.length();
            return "" + (char) 0 + (char) (length >> 8) + (char) (length & 0xff) + (char) type + (char) flags + (char) 0
                    + (char) 0 + (char) 0 + (char) stream + payload;
        }
    }

    private static Socket connect(WagiServer server, Dripping dripping) throws Exception {
        if (!dripping.isHttp2()) {
            return new Socket("127.0.0.1", server.port());
        }
        SSLSocket socket =
                (SSLSocket) Certificates.careless().getSocketFactory().createSocket("127.0.0.1", server.port());
        javax.net.ssl.SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        return socket;
    }

    @ParameterizedTest
    @EnumSource
    void header_thatNeverEnds_isCutOff(Dripping dripping) throws Exception {
        boolean tls = dripping.isHttp2() || dripping == Dripping.TLS_HANDSHAKE;
        try (WagiServer server = (tls ? secure() : plain()).headerTimeout(SHORT).start();
                Socket socket = connect(server, dripping)) {
            dripping.drip(socket);
        }
    }

    /** As many as may be connected drip; the next one waits for two seconds at most, not for the header timeout. */
    @ParameterizedTest
    @EnumSource(names = {"FIELD", "AFTER_A_RESPONSE", "TLS_HANDSHAKE", "HTTP2_PING"})
    void connections_allDrip_othersAreServed(Dripping dripping) throws Exception {
        boolean tls = dripping.isHttp2() || dripping == Dripping.TLS_HANDSHAKE;
        List<Socket> sockets = new ArrayList<>();
        List<CompletableFuture<Void>> drips = new ArrayList<>();
        try (WagiServer server = (tls ? secure() : plain())
                .maxConnections(3)
                .headerTimeout(Duration.ofDays(1))
                .start()) {
            for (int i = 0; i < 5; i++) {
                Socket socket = connect(server, dripping);
                sockets.add(socket);
                drips.add(CompletableFuture.runAsync(() -> dripping.drip(socket), task -> new Thread(task).start()));
            }
            while (!isServed(server)) {
                Thread.onSpinWait(); // on a busy machine two seconds may be too short for it as well
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
            CompletableFuture.allOf(drips.toArray(new CompletableFuture<?>[0])).join();
        }
    }

    /** A request that is being answered is not waited for, whatever its time. */
    @Test
    void request_longerThanTheHeaderTimeout_isAnswered() throws Exception {
        try (Wagi wagi = Guests.host();
                WagiServer server = WagiServer.builder(wagi)
                        .port(0)
                        .headerTimeout(Duration.ofMillis(50))
                        .start();
                RawClient client = begun(server)) {
            for (int i = 0; i < 50; i++) {
                LockSupport.parkNanos(10_000_000);
                client.send("a");
            }

            assertThat(client.readUntil("\r\n0\r\n\r\n"))
                    .as("the guest has all of it")
                    .contains("a\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void maxConnectionsPerAddress_more_areClosedUntilOthersLeave(int most) throws Exception {
        try (WagiServer server = plain().maxConnectionsPerAddress(most)
                .headerTimeout(Duration.ofDays(1))
                .start()) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < most; i++) {
                clients.add(served(server));
            }
            for (int i = 0; i < 10; i++) {
                assertThat(isServed(server)).isFalse();
            }
            clients.remove(0).close();
            while (!isServed(server)) {
                Thread.onSpinWait(); // until the server has noticed
            }
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    /** Those that were refused do not make a server look full, in which a header may take two seconds only. */
    @Test
    void maxConnectionsPerAddress_refusedOnes_areNotCounted() throws Exception {
        try (WagiServer server = plain().maxConnectionsPerAddress(1)
                        .maxConnections(3)
                        .headerTimeout(Duration.ofDays(1))
                        .start();
                WagiServer clock = plain().headerTimeout(Duration.ofSeconds(3)).start();
                RawClient slow = served(server);
                RawClient late = new RawClient(clock.uri())) {
            for (int i = 0; i < 10; i++) {
                assertThat(isServed(server)).isFalse();
            }
            slow.send("GET");
            late.send("GET").readAll();

            assertThat(slow.send(" /hello HTTP/1.1\r\nHost: h\r\n\r\n").read().status())
                    .isEqualTo(200);
        }
    }

    /** A request that has begun; on a busy machine the time for a header may be over before it was read. */
    private static RawClient begun(WagiServer server) throws IOException {
        while (true) {
            RawClient client = new RawClient(server.uri());
            try {
                client.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n.");
                client.readUntil("first\n");
                return client;
            } catch (IOException e) {
                client.close();
            }
        }
    }

    private static RawClient served(WagiServer server) throws IOException {
        RawClient client = new RawClient(server.uri());
        assertThat(client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read().status())
                .isEqualTo(200);
        return client;
    }

    private static boolean isServed(WagiServer server) {
        try (RawClient client = new RawClient(server.uri())) {
            return client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
