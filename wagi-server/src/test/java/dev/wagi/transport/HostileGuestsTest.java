// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Guests that try to harm their host, see {@link HostileGuest}. After each of them the same server answers a hundred
 * other requests.
 */
class HostileGuestsTest {

    private static final int OTHERS = 100;

    @TempDir
    static Path folder;

    private static final Map<Wagi.Engine, Wagi> HOSTS = new EnumMap<>(Wagi.Engine.class);
    private static final Map<Wagi.Engine, WagiServer> SERVERS = new EnumMap<>(Wagi.Engine.class);
    private static final Queue<String> LOG = new ConcurrentLinkedQueue<>();
    private static final Queue<String> GUEST_LOG = new ConcurrentLinkedQueue<>();

    private static final Logger LOGGER = Logger.getLogger("dev.wagi.core");
    private static final Handler RECORDER = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            LOG.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    static List<HostileGuest> guests() throws Exception {
        return HostileGuest.all();
    }

    @BeforeAll
    static void start() throws Exception {
        Path configuration = HostileGuest.configure(folder);
        for (Wagi.Engine engine : Wagi.Engine.values()) {
            Wagi wagi = Wagi.builder()
                    .engine(engine)
                    .addConfiguration(configuration)
                    .addModule(m -> m.route("/hello").source(Guests.sample("hello/hello.wasm")))
                    .guestLog((module, request, line) -> GUEST_LOG.add(line))
                    .build();
            HOSTS.put(engine, wagi);
            SERVERS.put(engine, WagiServer.builder(wagi).port(0).start());
        }
        LOGGER.setUseParentHandlers(false);
        LOGGER.setLevel(Level.WARNING);
        LOGGER.addHandler(RECORDER);
    }

    @AfterAll
    static void stop() {
        LOGGER.removeHandler(RECORDER);
        LOGGER.setLevel(null);
        LOGGER.setUseParentHandlers(true);
        SERVERS.values().forEach(WagiServer::close);
        HOSTS.values().forEach(Wagi::close);
    }

    @ParameterizedTest
    @MethodSource("guests")
    void compiled_isContained(HostileGuest guest) throws Exception {
        isContained(guest, Wagi.Engine.COMPILER);
    }

    @ParameterizedTest
    @MethodSource("guests")
    void interpreted_isContained(HostileGuest guest) throws Exception {
        isContained(guest, Wagi.Engine.INTERPRETER);
    }

    private static void isContained(HostileGuest guest, Wagi.Engine engine) throws Exception {
        WagiServer server = SERVERS.get(engine);
        List<String> logged = guest.all("log");

        RawClient.Response response = ask(server, guest);
        while (guest.isTooLate(response)) {
            awaitLog(logged.size());
            response = ask(server, guest);
        }

        assertThat(response.status()).isEqualTo(guest.status());
        assertThat(response.whole()).isEqualTo(!guest.isBroken());
        assertThat(guest.all("body")).allSatisfy(containedIn(response.body()));
        assertThat(response.head()).noneMatch(line -> line.toLowerCase().startsWith("trailer"));

        assertOthersAreServed(server);
        awaitLog(logged.size());
        assertThat(LOG).hasSize(logged.size()).allSatisfy(line -> {
            logged.forEach(text -> assertThat(line).contains(text));
            assertThat(line.chars()).as("printable").allMatch(c -> c >= ' ' && c < 0x7f);
        });
        assertThat(GUEST_LOG).hasSizeLessThan(20);
        guest.all("guest-log").forEach(text -> assertThat(GUEST_LOG).anyMatch(line -> line.contains(text)));
    }

    private static RawClient.Response ask(WagiServer server, HostileGuest guest) throws IOException {
        LOG.clear();
        GUEST_LOG.clear();
        try (RawClient client = new RawClient(server.uri())) {
            return client.send(guest.request()).read();
        }
    }

    /** A line comes at about the time of the response, before or after it. */
    private static void awaitLog(int lines) {
        while (LOG.size() < lines) {
            LockSupport.parkNanos(1_000_000);
            assertThat(Thread.interrupted()).as("no line in the log").isFalse();
        }
    }

    private static Consumer<String> containedIn(String body) {
        return text -> assertThat(body).contains(text);
    }

    private static void assertOthersAreServed(WagiServer server) throws IOException {
        try (RawClient client = new RawClient(server.uri())) {
            for (int i = 0; i < OTHERS; i++) {
                RawClient.Response response =
                        client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("hello world\n");
            }
        }
    }
}
