// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import dev.wagi.transport.Http2Client.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave or dawdle: their guests' work ends, and nobody else notices. */
class EarlyLeaversTest {

    private static final int CLIENTS = 10;

    @TempDir
    static Path folder;

    private static Wagi wagi;
    private static WagiServer plain;
    private static WagiServer secure;

    @BeforeAll
    static void start() throws Exception {
        wagi = Guests.host();
        plain = WagiServer.builder(wagi).port(0).start();
        Certificates.Pair pair = Certificates.local();
        secure = WagiServer.builder(wagi)
                .port(0)
                .tls(pair.write(folder), pair.keyFile(folder))
                .start();
    }

    @AfterAll
    static void stop() {
        plain.close();
        secure.close();
        wagi.close();
    }

    /** How far a client comes before it leaves; the guest runs for ever, or until its client has sent all. */
    @ParameterizedTest
    @CsvSource({
        "in the request line, GET /endl, ''",
        "in the header, 'POST /converse HTTP/1.1|Host: h|Content-Le', ''",
        "before the body, 'POST /converse HTTP/1.1|Host: h|Content-Length: 9||', ''",
        "in the body, 'POST /converse HTTP/1.1|Host: h|Content-Length: 9||some', 'some'",
        "in a chunk, 'POST /converse HTTP/1.1|Host: h|Transfer-Encoding: chunked||9|some', 'some'",
        "in the response, 'GET /endless HTTP/1.1|Host: h||', 'bbbb'",
    })
    void client_leaves_itsGuestEnds(String phase, String request, String seen) throws Exception {
        for (WagiServer server : List.of(plain, secure)) {
            for (int i = 0; i < CLIENTS; i++) {
                RawClient raw = new RawClient(server.uri());
                raw.send(request.replace("|", "\r\n"));
                if (!seen.isEmpty()) {
                    raw.readUntil(seen);
                }
                if (i % 2 == 0) {
                    raw.reset();
                }
                raw.close();
            }
            assertNoGuestRuns();
            assertServes(server);
        }
    }

    @Test
    void client_resetsItsStreams_theirGuestsEndAndTheConnectionLives() throws Exception {
        try (Http2Client client = new Http2Client(secure.uri())) {
            for (int i = 0; i < CLIENTS; i++) {
                Http2Client.Exchange endless = client.open("GET", "/endless", HttpFields.EMPTY, false);
                Http2Client.Exchange waiting = client.open("POST", "/converse", HttpFields.EMPTY, true);
                endless.readUntil("bbbb");
                waiting.readUntil("first\n");
                endless.reset();
                waiting.reset();
            }
            assertNoGuestRuns();

            Http2Client.Exchange hello = client.open("GET", "/hello", HttpFields.EMPTY, false);
            assertThat(hello.readTo(new StringBuilder()).kind()).isEqualTo(Kind.END);
        }
    }

    @Test
    void client_endsItsConnectionWithStreamsOpen_theirGuestsEnd() throws Exception {
        try (Http2Client client = new Http2Client(secure.uri())) {
            for (int i = 0; i < CLIENTS; i++) {
                client.open("GET", "/endless", HttpFields.EMPTY, false).readUntil("bbbb");
            }
        }
        assertNoGuestRuns();
        assertServes(secure);
    }

    /** Who neither reads on nor sends on holds its own guest, and no lock. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n",
                "POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nsome"
            })
    void client_dawdles_othersAreServed(String request) throws Exception {
        for (WagiServer server : List.of(plain, secure)) {
            List<RawClient> slow = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    RawClient raw = new RawClient(server.uri());
                    slow.add(raw);
                    raw.send(request).readUntil("HTTP/1.1 200 ");
                }
                for (int i = 0; i < CLIENTS; i++) {
                    assertServes(server);
                }
            } finally {
                for (RawClient raw : slow) {
                    raw.close();
                }
            }
            assertNoGuestRuns();
        }
    }

    private static void assertServes(WagiServer server) throws Exception {
        try (RawClient raw = new RawClient(server.uri())) {
            raw.send("POST /env/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");

            assertThat(raw.read().body()).isEqualTo("abc");
        }
    }

    /** Waits until no thread is in a guest; the class's time limit is its end. */
    private static void assertNoGuestRuns() {
        while (Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().equals("dev.wagi.core.internal.request.GuestHandler"))) {
            LockSupport.parkNanos(1_000_000);
            assertThat(Thread.interrupted()).as("the time limit has come").isFalse();
        }
    }
}
