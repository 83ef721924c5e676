// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener;
import dev.wagi.spring.webflux.WagiWebHandler;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Clients that leave or dawdle: what they hold of a host behind WebFlux is bounded, and ends. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HostileWebFluxClientsTest {

    private static final int CLIENTS = 10;

    /** More than sockets and the server may hold, and much less than what a guest writes within its timeout. */
    private static final long BUFFERED = 32 << 20;

    private final EndedRequests ended = new EndedRequests();
    private Wagi wagi;
    private NettyContainer container;

    private static final Logger ALL = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.list = new CopyOnWriteArrayList<>();
        logged.start();
        ALL.addAppender(logged);
    }

    /** No client makes the host or its server log an error, which operators are woken for. */
    @AfterEach
    void stop() {
        container.close();
        wagi.close();
        ALL.detachAppender(logged);

        assertThat(logged.list).noneMatch(event -> event.getLevel() == Level.ERROR);
    }

    private void start(Duration timeout) {
        wagi = Guests.builder(Limits.defaults().withTimeout(timeout).withMaxRequestBodyBytes(2L << 30))
                .addListener(ended)
                .build();
        container = new NettyContainer(new WagiWebHandler(wagi));
    }

    private RawClient raw() throws IOException {
        return new RawClient(container.uri());
    }

    private void assertServes() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST /env/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");

            assertThat(raw.read().body()).isEqualTo("abc");
        }
        assertThat(ended.take().outcome()).isEqualTo(RequestOutcome.ANSWERED);
    }

    /** How far a client comes before it leaves, long before the timeout of its guest. */
    @ParameterizedTest
    @CsvSource({
        "in the body, 'POST /converse HTTP/1.1|Host: h|Content-Length: 9||some', 'some', CLIENT_GONE",
        "in a chunk, 'POST /converse HTTP/1.1|Host: h|Transfer-Encoding: chunked||9|some', 'some', CLIENT_GONE",
        "in the response, 'GET /endless HTTP/1.1|Host: h||', 'bbbb', CLIENT_GONE",
        "while its body is collected, 'POST /env HTTP/1.1|Host: h|Transfer-Encoding: chunked||9|some', '', BODY_BROKEN",
        "before its body, 'POST /env HTTP/1.1|Host: h|Content-Length: 9||', '', BODY_BROKEN",
    })
    void client_leaves_itsGuestEnds(String phase, String request, String seen, RequestOutcome outcome)
            throws Exception {
        start(Duration.ofMinutes(10));
        for (int i = 0; i < CLIENTS; i++) {
            RawClient raw = raw();
            raw.send(request.replace("|", "\r\n"));
            if (seen.isEmpty()) {
                while (wagi.usage().active() == 0) {
                    Thread.onSpinWait();
                }
            } else {
                raw.readUntil(seen);
            }
            if (i % 2 == 0) {
                raw.reset();
            }
            raw.close();
            assertThat(ended.take().outcome()).as(phase).isIn(outcome, RequestOutcome.BODY_BROKEN);
        }
        assertServes();
    }

    /** What is left of a body that no guest reads does not stop its connection, and is not kept. */
    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void guest_readsNothing_connectionGoesOn(HttpClient.Version version) throws Exception {
        start(Duration.ofMinutes(10));
        HttpClient client = HttpClient.newBuilder().version(version).build();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(container.uri() + "/hello"));
        client.send(request.build(), HttpResponse.BodyHandlers.discarding()); // HTTP/2 begins without a body
        ended.take();
        request.POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1 << 20]));
        for (int i = 0; i < CLIENTS; i++) {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.version()).isEqualTo(version);
            assertThat(ended.take().outcome()).isEqualTo(RequestOutcome.ANSWERED);
        }
        assertServes();
    }

    /** The server answers by itself, and closes the connection, as soon as it sees what is not a chunk. */
    @ParameterizedTest
    @ValueSource(strings = {"/env", "/converse", "/hello"})
    void body_isNotChunks_isAnsweredQuietly(String path) throws Exception {
        start(Duration.ofMinutes(10));
        try (RawClient raw = raw()) {
            raw.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\nzz\r\n");

            assertThat(raw.readAll()).startsWith("HTTP/1.1 ");
        }
        ended.take();
        assertServes();
    }

    @Test
    void client_neverReads_holdsOneChunkUntilTheTimeout() throws Exception {
        start(Duration.ofSeconds(5));
        try (RawClient raw = raw()) {
            raw.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
            assertServes();

            WagiListener.RequestEnded event = ended.take();

            assertThat(event.outcome()).isEqualTo(RequestOutcome.TIMEOUT);
            assertThat(event.isBrokenOff()).isTrue();
            assertThat(event.bytesOut()).isBetween(1L, BUFFERED);
            assertThat(raw.readAll()).as("the connection is closed").doesNotContain("\r\n0\r\n");
        }
        assertServes();
    }

    @Test
    void guest_doesNotRead_itsClientHasToWait() throws Exception {
        start(Duration.ofSeconds(5));
        try (RawClient raw = raw()) {
            raw.send("POST /spin HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000000\r\n\r\n");
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(() -> {
                String megabyte = "x".repeat(1 << 20);
                long count = 0;
                try {
                    while (count < 2000) {
                        raw.send(megabyte);
                        count++;
                    }
                } catch (IOException e) {
                    // The connection was closed.
                }
                return count << 20;
            });

            assertThat(ended.take().outcome()).isEqualTo(RequestOutcome.TIMEOUT);
            assertThat(sent.get()).isLessThan(BUFFERED);
        }
        assertServes();
    }

    @Test
    void client_sendsHalfABody_holdsNoThreadAndIsAnsweredInTime() throws Exception {
        start(Duration.ofSeconds(5));
        try (RawClient raw = raw()) {
            raw.send("POST /env HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf");
            while (wagi.usage().active() == 0) {
                Thread.onSpinWait();
            }
            assertThat(wagi.usage().running()).isZero();

            assertThat(raw.read().status()).isEqualTo(504);
        }
        assertThat(ended.take().outcome()).isEqualTo(RequestOutcome.QUEUE_TIMEOUT);
        assertServes();
    }

    @Test
    void host_stops_requestInFlightIsFinished() throws Exception {
        start(Duration.ofMinutes(10));
        try (RawClient raw = raw()) {
            raw.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nsome");
            raw.readUntil("some");
            CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(() -> wagi.close(Duration.ofMinutes(10)));
            int status = 0;
            while (status != 503) {
                try (RawClient other = raw()) {
                    other.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
                    status = other.read().status();
                }
            }
            raw.send(" more");

            assertThat(raw.readUntil("\r\n0\r\n\r\n")).contains(" more");
            assertThat(closed.get()).isTrue();
        }
    }

    /** What sockets and the server hold is bounded, and no thread waits for the client. */
    @Test
    void client_doesNotReadAFile_holdsNoThread(@TempDir Path folder) throws Exception {
        long length = 256L << 20;
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("large").toFile(), "rw")) {
            file.setLength(length);
        }
        wagi = Guests.builder(Limits.defaults())
                .addStaticFiles(files -> files.route("/large/...").path(folder.toString()))
                .addListener(ended)
                .build();
        AtomicInteger busy = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            container = new NettyContainer(new WagiWebHandler(wagi).withExecutor(task -> {
                busy.incrementAndGet();
                threads.execute(() -> {
                    try {
                        task.run();
                    } finally {
                        busy.decrementAndGet();
                    }
                });
            }));
            try (RawClient raw = raw()) {
                raw.send("GET /large/large HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(raw.readHead().status()).isEqualTo(200);
                raw.readUntil("\0");
                while (busy.get() > 0) {
                    Thread.onSpinWait();
                }
            }
            WagiListener.RequestEnded event = ended.take();
            assertThat(event.outcome()).isEqualTo(RequestOutcome.CLIENT_GONE);
            assertThat(event.bytesOut()).isBetween(1L, length - 1);
            assertServes();
        } finally {
            threads.shutdown();
        }
    }
}
