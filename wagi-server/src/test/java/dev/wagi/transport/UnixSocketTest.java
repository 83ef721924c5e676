// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A server behind a Unix domain socket. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no modes of files, by which this is protected")
class UnixSocketTest {

    /** Its path is short, as those of sockets must be. */
    private Path directory;

    private Path file;

    @BeforeEach
    void create() throws IOException {
        directory = Files.createTempDirectory(Path.of("/tmp"), "wagi");
        file = directory.resolve("wagi.sock");
    }

    @AfterEach
    void remove() throws IOException {
        try (var files = Files.list(directory)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(directory);
    }

    private static Wagi.Builder host() {
        return Guests.builder(Limits.defaults());
    }

    private WagiServer start(Wagi wagi) {
        return WagiServer.builder(wagi).socket(WagiServer.bind(file)).start();
    }

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(file));
        return client;
    }

    private static void send(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    /** Sends a request and returns the whole response. */
    private String ask(String request) throws IOException {
        try (SocketChannel client = connect()) {
            send(client, request);
            return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private String get(String path, String... fields) throws IOException {
        return ask("GET " + path + " HTTP/1.1\r\nHost: h.example:81\r\nConnection: close\r\n" + String.join("", fields)
                + "\r\n");
    }

    @Test
    void requests_areAnswered() throws IOException {
        try (Wagi wagi = host().build();
                WagiServer server = start(wagi)) {
            assertThat(server.uri()).hasToString("unix:" + file);
            assertThat(server.port()).isEqualTo(-1);
            assertThat(get("/hello")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nhello world\n");
            assertThat(get("/files/large.txt")).endsWith("0002999990").hasSizeGreaterThan(3_000_000);
            assertThat(ask("POST /env/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("body");
            // Without a length: the end of the connection is the end of the body.
            assertThat(ask("GET /large HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(ask("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void connection_isKept() throws IOException {
        try (Wagi wagi = host().build();
                WagiServer server = start(wagi);
                SocketChannel client = connect()) {
            for (int i = 0; i < 3; i++) {
                send(client, "HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
                StringBuilder head = new StringBuilder();
                ByteBuffer one = ByteBuffer.allocate(1);
                while (head.indexOf("\r\n\r\n") < 0 && client.read(one.clear()) > 0) {
                    head.append((char) one.get(0));
                }
                assertThat(head).startsWith("HTTP/1.1 200 OK\r\n");
            }
            assertThat(server.port()).isNegative();
        }
    }

    /** It is not a loopback address, which a guest may trust. */
    @Test
    void remoteAddress_isNoAddress() throws IOException {
        try (Wagi wagi = host().build();
                WagiServer server = start(wagi)) {
            assertThat(server.uri().getScheme()).isEqualTo("unix");
            assertThat(get("/env", "X-Forwarded-For: 192.0.2.7\r\n").lines())
                    .contains("REMOTE_ADDR=unix", "REMOTE_HOST=unix", "SERVER_NAME=h.example", "SERVER_PORT=81");
        }
    }

    @Test
    void trustedProxy_reportsItsClient() throws IOException {
        try (Wagi wagi = host().addTrustedProxies("unix", "10.0.0.0/8").build();
                WagiServer server = start(wagi)) {
            assertThat(server.uri().getScheme()).isEqualTo("unix");
            assertThat(get("/env", "X-Forwarded-For: 192.0.2.7, 10.1.2.3\r\n", "X-Forwarded-Proto: https\r\n")
                            .lines())
                    .contains("REMOTE_ADDR=192.0.2.7", "REQUEST_SCHEME=https");
            // A client that says so is no proxy.
            assertThat(get("/env", "X-Forwarded-For: 192.0.2.7, unix\r\n").lines())
                    .contains("REMOTE_ADDR=unknown");
        }
        try (Wagi wagi = host().addTrustedProxies("10.0.0.0/8").build();
                WagiServer server = start(wagi)) {
            assertThat(server.uri().getScheme()).isEqualTo("unix");
            assertThat(get("/env", "X-Forwarded-For: 192.0.2.7\r\n").lines()).contains("REMOTE_ADDR=unix");
        }
    }

    @Test
    void limits_holdHereToo() throws IOException {
        try (Wagi wagi = host().build();
                WagiServer server = WagiServer.builder(wagi)
                        .socket(WagiServer.bind(file))
                        .headerTimeout(Duration.ofMillis(50))
                        .maxConnectionsPerAddress(1)
                        .start();
                SocketChannel slow = connect()) {
            assertThat(server.port()).isNegative();
            send(slow, "GET /he");
            assertThat(slow.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            try (SocketChannel first = connect();
                    SocketChannel second = connect()) {
                assertThat(first.isConnected() && second.isConnected()).isTrue();
                assertThat(get("/hello")).startsWith("HTTP/1.1 200 OK\r\n");
            }
        }
    }

    @Test
    void file_isForUserAndGroupOnly() throws IOException {
        try (ServerSocketChannel socket = WagiServer.bind(file)) {
            assertThat(socket.isOpen()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-rw----");
        }
    }

    /** As after a process that was killed. */
    @Test
    void staleFile_isReplaced() throws IOException {
        WagiServer.bind(file).close();
        assertThat(Files.exists(file, LinkOption.NOFOLLOW_LINKS)).isTrue();

        try (Wagi wagi = host().build();
                WagiServer server = start(wagi)) {
            assertThat(server.port()).isNegative();
            assertThat(get("/hello")).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void socketInUse_isNotReplaced() throws IOException {
        try (Wagi wagi = host().build();
                WagiServer server = start(wagi)) {
            assertThat(server.port()).isNegative();
            assertThatThrownBy(() -> WagiServer.bind(file))
                    .isInstanceOf(WagiServerException.class)
                    .hasMessage("Cannot serve on unix:" + file
                            + ": the socket is in use. Stop what uses it, or choose another path.");
            assertThat(get("/hello")).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void otherFile_isNotReplaced() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("pipe"));
        Path text = Files.writeString(directory.resolve("text"), "text");
        for (Path other : new Path[] {pipe, link, text}) {
            assertThatThrownBy(() -> WagiServer.bind(other))
                    .isInstanceOf(WagiServerException.class)
                    .hasMessage("Cannot serve on unix:" + other
                            + ": there is a file that is not a socket. Remove it, or choose another path.");
            assertThat(Files.exists(other, LinkOption.NOFOLLOW_LINKS)).isTrue();
        }
    }

    /** The next server has begun meanwhile. */
    @Test
    void fileOfAnotherServer_staysWhenThisOneStops() throws IOException {
        try (Wagi wagi = host().build()) {
            WagiServer first = start(wagi);
            Files.move(file, directory.resolve("old"));
            try (WagiServer second = start(wagi)) {
                first.close();

                assertThat(second.port()).isNegative();
                assertThat(get("/hello")).startsWith("HTTP/1.1 200 OK\r\n");
            }
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void path_thatCannotBe_isExplained() {
        assertThatThrownBy(() -> WagiServer.bind(directory.resolve("absent/wagi.sock")))
                .hasMessage("Cannot serve on unix:" + directory.resolve("absent/wagi.sock") + ": there is no directory "
                        + directory.resolve("absent") + ". Create it, or choose another path.");
        assertThatThrownBy(() -> WagiServer.bind(directory.resolve("x".repeat(200))))
                .hasMessageContaining(": the path is too long for a socket; most systems allow 107 bytes. Choose a");
    }
}
