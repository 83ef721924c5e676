// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.WagiServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many clients that begin a body of unknown length and do not end it. */
@Timeout(120)
class SlowBodiesTest {

    /** More than the server has threads. */
    private static final int CLIENTS = 400;

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
