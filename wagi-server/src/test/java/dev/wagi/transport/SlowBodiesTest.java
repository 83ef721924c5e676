// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.WagiServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many clients that begin a body of unknown length and do not end it. */
@Timeout(120)
class SlowBodiesTest {

    /** More than the server has threads. */
    private static final int CLIENTS = 400;

    /** No more than a server takes at once on a connection. */
    private static final int STREAMS = 100;

    private static final String HEAD = "POST /env HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Test
    void clients_sendPartsOfBodies_takeNeitherThreadsNorPlaces() throws Exception {
        try (Wagi wagi = host(Limits.defaults()
                        .withMinRequestBodyRate(0)
                        .withMaxConcurrency(1)
                        .withMaxQueue(5));
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            List<RawClient> slow = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    slow.add(new RawClient(server.uri()).send(HEAD + "5\r\nsome "));
                }
                for (int i = 0; i < 20; i++) {
                    try (RawClient good = new RawClient(server.uri())) {
                        assertThat(good.send("GET /env HTTP/1.1\r\nHost: h\r\n\r\n")
                                        .read()
                                        .status())
                                .isEqualTo(200);
                    }
                }

                for (RawClient client : slow.subList(0, 5)) {
                    client.send("\r\n5\r\nbytes\r\n0\r\n\r\n");
                    assertThat(client.read().body()).contains("CONTENT_LENGTH=10\n", "length = 10\n");
                }
            } finally {
                for (RawClient client : slow) {
                    client.reset();
                }
            }
        }
    }

    /** A frame of HTTP/2 may have no bytes at all: it is no reason to read. */
    @ParameterizedTest
    @CsvSource({"-1, some", "-1, ''", "5, ''"})
    void streams_sendPartsOfBodies_takeNeitherThreadsNorPlaces(int length, String part, @TempDir Path folder)
            throws Exception {
        HttpFields fields = length < 0 ? HttpFields.EMPTY : HttpFields.build().put(HttpHeader.CONTENT_LENGTH, length);
        Certificates.Pair pair = Certificates.local();
        try (Wagi wagi = host(Limits.defaults()
                        .withMinRequestBodyRate(0)
                        .withMaxConcurrency(1)
                        .withMaxQueue(5));
                WagiServer server = WagiServer.builder(wagi)
                        .port(0)
                        .tls(pair.write(folder), pair.keyFile(folder))
                        .start()) {
            List<Http2Client> clients = new ArrayList<>();
            List<Http2Client.Exchange> slow = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    if (i % STREAMS == 0) {
                        clients.add(new Http2Client(server.uri()));
                    }
                    slow.add(clients.get(clients.size() - 1).open("POST", "/env", fields, true));
                    slow.get(i).send(part.getBytes(StandardCharsets.US_ASCII), false);
                }
                try (RawClient good = new RawClient(server.uri())) {
                    assertThat(good.send("GET /env HTTP/1.1\r\nHost: h\r\n\r\n")
                                    .read()
                                    .status())
                            .isEqualTo(200);
                }

                for (Http2Client.Exchange exchange : slow.subList(0, 5)) {
                    exchange.send("bytes".getBytes(StandardCharsets.US_ASCII), true);
                    assertThat(exchange.readUntil("length = "))
                            .contains("CONTENT_LENGTH=" + (part.length() + 5) + "\n");
                }
            } finally {
                clients.forEach(Http2Client::close);
            }
        }
    }

    @Test
    void client_neverEndsItsBody_is504AndTheConnectionEnds() throws Exception {
        try (Wagi wagi = host(Limits.defaults().withMinRequestBodyRate(0).withTimeout(Duration.ofSeconds(2)));
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                RawClient client = new RawClient(server.uri())) {
            client.send(HEAD + "5\r\nsome ");

            assertThat(client.read().status()).isEqualTo(504);
            client.finishSending();
            assertThat(client.readAll()).isEmpty();
        }
    }

    @Test
    void clients_announceBodiesAndSendNothing_takeNeitherThreadsNorPlaces() throws Exception {
        try (Wagi wagi = host(Limits.defaults()
                        .withMinRequestBodyRate(0)
                        .withMaxConcurrency(1)
                        .withMaxQueue(5));
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            List<RawClient> idle = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    idle.add(new RawClient(server.uri())
                            .send("POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"));
                }
                for (int i = 0; i < 20; i++) {
                    try (RawClient good = new RawClient(server.uri())) {
                        assertThat(good.send("GET /env HTTP/1.1\r\nHost: h\r\n\r\n")
                                        .read()
                                        .status())
                                .isEqualTo(200);
                    }
                }

                for (RawClient client : idle.subList(0, 5)) {
                    assertThat(client.send("bytes").read().body()).contains("CONTENT_LENGTH=5\n", "length = 5\n");
                }
            } finally {
                for (RawClient client : idle) {
                    client.reset();
                }
            }
        }
    }

    /** What they wait for need not be announced with a length. */
    @ParameterizedTest
    @CsvSource({"Content-Length: 5, 0, 504", "Content-Length: 5, 1048576, 408", "Transfer-Encoding: chunked, 0, 504"})
    void client_sendsNothingOfItsBody_isAnswered(String field, int rate, int status) throws Exception {
        try (Wagi wagi = host(Limits.defaults().withMinRequestBodyRate(rate).withTimeout(Duration.ofSeconds(6)));
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                RawClient client = new RawClient(server.uri())) {
            client.send("POST /env HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n");

            assertThat(client.read().status()).isEqualTo(status);
        }
    }

    /** Long before the timeout: what is kept of its body is needed for others. */
    @Test
    void client_sendsTooSlowly_is408() throws Exception {
        try (Wagi wagi = host(Limits.defaults().withMinRequestBodyRate(1 << 20).withTimeout(Duration.ofSeconds(6)));
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                RawClient client = new RawClient(server.uri())) {
            client.send(HEAD + "5\r\nsome ");

            assertThat(client.read().status()).isEqualTo(408);
        }
    }

    @Test
    void client_leavesInItsBody_theNextOneIsServed() throws Exception {
        try (Wagi wagi = host(Limits.defaults().withMaxConcurrency(1).withMaxQueue(5));
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(server.uri());
                client.send(HEAD + "5\r\nso");
                if (i % 2 == 0) {
                    client.reset();
                }
                client.close();
            }
            try (RawClient good = new RawClient(server.uri())) {
                good.send(HEAD + "3\r\nabc\r\n0\r\n\r\n");
                assertThat(good.read().body()).contains("CONTENT_LENGTH=3\n");
            }
            assertThat(wagi.close(Duration.ofSeconds(60))).isTrue();
        }
    }

    private static Wagi host(Limits limits) {
        return Wagi.builder()
                .limits(l -> limits)
                .guestLog((module, request, line) -> {})
                .addModule(m -> m.route("/env/...").source(Guests.sample("env/env.wasm")))
                .build();
    }
}
