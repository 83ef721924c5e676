// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.http.server.WagiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Guests that try to harm their host: each file in {@code src/test/resources/hostile} is one, and its first lines say what
 * must come of it. After each of them the same server answers a hundred other requests.
 *
 * <pre>
 * ;; limits: a line of its module's configuration; any number of them
 * ;; request: what its client sends, | for CRLF and {name} for its name; GET by default
 * ;; status: of the response, or "broken": it begins with 200 and is not whole
 * ;; body: text in it; optional
 * ;; log: text in a line of the host's log; without it there is none
 * ;; guest-log: text in a line of the guest's own log; optional
 * </pre>
 */
@Timeout(120)
class HostileGuestsTest {

    private static final int OTHERS = 100;

    @TempDir
    static Path folder;

    private static final Map<Wagi.Engine, Wagi> HOSTS = new EnumMap<>(Wagi.Engine.class);
    private static final Map<Wagi.Engine, WagiServer> SERVERS = new EnumMap<>(Wagi.Engine.class);
    private static final Queue<String> LOG = new ConcurrentLinkedQueue<>();
    private static final Queue<String> GUEST_LOG = new ConcurrentLinkedQueue<>();

    private static final Logger LOGGER = Logger.getLogger(Wagi.class.getName());
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

    /** A guest and what must come of it. */
    private record Guest(String name, Path file, List<String> head) {

        static Guest read(Path file) {
            try {
                return new Guest(
                        file.getFileName().toString().replace(".wat", ""),
                        file,
                        Files.readAllLines(file).stream()
                                .takeWhile(line -> line.startsWith(";;"))
                                .toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        List<String> all(String key) {
            return head.stream()
                    .filter(line -> line.startsWith(";; " + key + ": "))
                    .map(line -> line.substring(key.length() + 5))
                    .toList();
        }

        String request() {
            return all("request").stream()
                    .findFirst()
                    .orElse("GET /{name} HTTP/1.1|Host: h||")
                    .replace("|", "\r\n")
                    .replace("{name}", name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Guest> guests() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(
                Path.of(HostileGuestsTest.class.getResource("/hostile").toURI()))) {
            return files.sorted().map(Guest::read).toList().stream();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        List<String> lines = new ArrayList<>();
        for (Guest guest : guests().toList()) {
            lines.add("[[module]]");
            lines.add("route = '/" + guest.name + "/...'");
            lines.add("module = '" + guest.file + "'");
            lines.addAll(guest.all("limits"));
        }
        Path configuration = Files.write(folder.resolve("modules.toml"), lines);
        for (Wagi.Engine engine : Wagi.Engine.values()) {
            Wagi wagi = Wagi.builder()
                    .engine(engine)
                    .configuration(configuration)
                    .module(m -> m.route("/hello").source(Guests.sample("hello/hello.wasm")))
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
    void compiled_isContained(Guest guest) throws Exception {
        isContained(guest, Wagi.Engine.COMPILER);
    }

    @ParameterizedTest
    @MethodSource("guests")
    void interpreted_isContained(Guest guest) throws Exception {
        isContained(guest, Wagi.Engine.INTERPRETER);
    }

    private static void isContained(Guest guest, Wagi.Engine engine) throws Exception {
        WagiServer server = SERVERS.get(engine);
        LOG.clear();
        GUEST_LOG.clear();

        try (RawClient client = new RawClient(server.uri())) {
            RawClient.Response response = client.send(guest.request()).read();

            List<String> status = guest.all("status");
            assertThat(status).as("one status in the head of the file").hasSize(1);
            if (status.get(0).equals("broken")) {
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.whole()).as("the response is whole").isFalse();
            } else {
                assertThat(response.status()).isEqualTo(Integer.parseInt(status.get(0)));
                assertThat(response.whole()).isTrue();
                guest.all("body").forEach(text -> assertThat(response.body()).contains(text));
            }
            assertThat(response.head()).noneMatch(line -> line.toLowerCase().startsWith("trailer"));
        }

        assertOthersAreServed(server);
        List<String> logged = guest.all("log");
        assertThat(LOG).hasSize(logged.size()).allSatisfy(line -> {
            logged.forEach(text -> assertThat(line).contains(text));
            assertThat(line.chars()).as("printable").allMatch(c -> c >= ' ' && c < 0x7f);
        });
        assertThat(GUEST_LOG).hasSizeLessThan(20);
        guest.all("guest-log").forEach(text -> assertThat(GUEST_LOG).anyMatch(line -> line.contains(text)));
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
