// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients of static files cannot take from others. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class StaticFilesTest {

    /** More than may have a thread of their own. */
    private static final int SLOW_CLIENTS = 260;

    /** More than the buffers of a connection hold. */
    private static final long BYTES = 64 << 20;

    @TempDir
    Path directory;

    /** Keeps what it hears. */
    private static final class Ends implements WagiListener {
        private final BlockingQueue<RequestEnded> ended = new LinkedBlockingQueue<>();

        @Override
        public void requestEnded(RequestEnded event) {
            if (event.target().startsWith("/large")) {
                ended.add(event);
            }
        }

        RequestEnded next() throws InterruptedException {
            RequestEnded next = ended.poll(5, TimeUnit.MINUTES);
            assertThat(next).isNotNull();
            return next;
        }
    }

    private Wagi host(WagiListener listener) throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("large").toFile(), "rw")) {
            file.setLength(BYTES);
        }
        return Wagi.builder()
                .addListener(listener)
                .addStaticFiles(s -> s.route("/...").path(directory))
                .addModule(m -> m.route("/hello").source(Guests.sample("hello/hello.wasm")))
                .maxTotalConcurrency(1)
                .build();
    }

    /** They have neither a thread nor a guest's place. */
    @Test
    void slowClients_holdNobodyUp() throws Exception {
        Ends ends = new Ends();
        List<Socket> clients = new ArrayList<>();
        try (Wagi wagi = host(ends);
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            for (int i = 0; i < SLOW_CLIENTS; i++) {
                clients.add(ask(server, "/large"));
            }
            for (Socket client : clients) {
                assertThat(status(client)).isEqualTo("HTTP/1.1 200");
            }

            assertThat(status(ask(server, "/hello"))).isEqualTo("HTTP/1.1 200");

            for (Socket client : clients) {
                client.close();
            }
            for (int i = 0; i < SLOW_CLIENTS; i++) {
                WagiListener.RequestEnded event = ends.next();
                assertThat(event.isBrokenOff()).isTrue();
                assertThat(event.outcome()).isEqualTo(RequestOutcome.CLIENT_GONE);
                assertThat(event.bytesOut()).isBetween(1L, BYTES);
            }
            while (wagi.usage().active() > 0) {
                Thread.yield(); // the last one is counted until all listeners have heard of its end
            }
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @Test
    void file_thatShrinksMeanwhile_isBrokenOff() throws Exception {
        Ends ends = new Ends();
        try (Wagi wagi = host(ends);
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                Socket client = ask(server, "/large")) {
            assertThat(status(client)).isEqualTo("HTTP/1.1 200");
            Files.writeString(directory.resolve("large"), "short");

            long read = 0;
            try {
                read = client.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (IOException e) {
                // Reset.
            }

            assertThat(read).isLessThan(BYTES);
            WagiListener.RequestEnded event = ends.next();
            assertThat(event.isBrokenOff()).isTrue();
            assertThat(event.outcome()).isEqualTo(RequestOutcome.HOST_FAILURE);
        }
    }

    private static Socket ask(WagiServer server, String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }
}
