// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that stops without a thread that waits for it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CloseAsyncTest {

    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final Duration LONG = Duration.ofHours(1);

    private static Wagi wagi;

    /** What an executor was given, and has not run yet. */
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() {
        wagi = Guests.host();
    }

    @AfterAll
    static void stop() {
        wagi.close();
    }

    private static WagiServer server() {
        return WagiServer.builder(wagi).port(0).grace(LONG).start();
    }

    /** A client whose guest waits for the rest of the request. */
    private static RawClient busy(WagiServer server) throws Exception {
        RawClient client = new RawClient(server.uri());
        client.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.");
        client.readUntil("first\n");
        return client;
    }

    /** Linux keeps a listening socket that was closed until the thread that waits in accept() has been interrupted. */
    private static void assertRefused(WagiServer server) throws IOException {
        while (true) {
            try {
                new RawClient(server.uri()).close();
                assertThat(Thread.interrupted())
                        .as("%s still accepts connections", server.uri())
                        .isFalse();
            } catch (ConnectException e) {
                return;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestInFlight_finishesOnNoThreadOfTheExecutor(boolean shared) throws Exception {
        try (IoThreads io = IoThreads.start()) {
            WagiServer.Builder builder = WagiServer.builder(wagi).port(0);
            WagiServer server = (shared ? builder.ioThreads(io) : builder).start();
            try (RawClient busy = busy(server);
                    RawClient idle = new RawClient(server.uri())) {
                idle.send(HELLO).read();

                CompletableFuture<Void> closed = server.closeAsync(LONG, tasks::add);

                assertRefused(server);
                assertThat(tasks).isEmpty();
                assertThat(closed).isNotDone();
                busy.send("second\n");
                assertThat(busy.readAll()).contains("second\n").endsWith("\r\n0\r\n\r\n");
                tasks.take().run();
                assertThat(closed).isCompleted();
                assertThat(idle.readAll()).isEmpty();
                assertThat(server.isAnswering(Duration.ofSeconds(1))).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 50})
    void requestLongerThanTheGrace_isBrokenOff(long millis) throws Exception {
        WagiServer server = server();
        try (RawClient busy = busy(server)) {
            CompletableFuture<Void> closed = server.closeAsync(Duration.ofMillis(millis), tasks::add);

            tasks.take().run();

            assertThat(closed).isCompleted();
            assertThat(busy.readAll()).doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void twice_bothComplete() throws Exception {
        WagiServer server = server();
        try (RawClient busy = busy(server)) {
            CompletableFuture<Void> first = server.closeAsync(LONG, tasks::add);
            CompletableFuture<Void> second = server.closeAsync(LONG, tasks::add);
            busy.send("second\n");

            assertThat(busy.readAll()).endsWith("\r\n0\r\n\r\n");
            tasks.take().run();
            tasks.take().run();
            assertThat(first).isCompleted();
            assertThat(second).isCompleted();
        }
    }

    @Test
    void closedBefore_isDoneAtOnce() {
        WagiServer server = server();
        server.close();

        assertThat(server.closeAsync(LONG, tasks::add)).isCompleted();
        assertThat(tasks).isEmpty();
    }

    /** Whoever has no more patience than that. */
    @Test
    void closedMeanwhile_requestIsBrokenOffAndTheFutureCompletes() throws Exception {
        WagiServer server = server();
        try (RawClient busy = busy(server)) {
            CompletableFuture<Void> closed = server.closeAsync(LONG, tasks::add);

            server.close(Duration.ZERO);

            assertThat(busy.readAll()).doesNotContain("\r\n0\r\n");
            tasks.take().run();
            assertThat(closed).isCompleted();
        }
    }

    @Test
    void executorRefuses_theFutureSaysSoAndCloseIsLeft() throws Exception {
        Executor none = task -> {
            throw new RejectedExecutionException("no threads");
        };
        WagiServer server = server();

        CompletableFuture<Void> closed = server.closeAsync(LONG, none);

        assertThatThrownBy(closed::join).hasRootCauseInstanceOf(RejectedExecutionException.class);
        assertRefused(server);
        server.close();
    }

    @Test
    void graceIsNegative_isRefusedAndNothingStops() throws Exception {
        try (WagiServer server = server();
                RawClient client = new RawClient(server.uri())) {
            assertThatThrownBy(() -> server.closeAsync(Duration.ofMillis(-1), tasks::add))
                    .isInstanceOf(IllegalArgumentException.class);

            assertThat(client.send(HELLO).read().status()).isEqualTo(200);
        }
    }
}
