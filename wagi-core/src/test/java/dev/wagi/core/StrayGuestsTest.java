// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that nothing ends, in an engine that ignores interrupts: the host goes on without their threads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StrayGuestsTest {

    private static final byte[] RESPONSE = "Content-Type: text/plain\n\nok".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch back = new CountDownLatch(1);
    private final Semaphore begun = new Semaphore(0);
    private final BlockingQueue<String> abandoned = new LinkedBlockingQueue<>();
    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void release() {
        released.countDown();
        executor.shutdown();
    }

    /** How a transport hands a request over. */
    enum Way {
        ON_THE_CALLERS_THREAD {
            @Override
            void send(Wagi wagi, WagiRequest request, ResponseSink sink, ExecutorService executor) {
                executor.execute(() -> wagi.handle(request, sink));
            }
        },
        ON_AN_EXECUTOR {
            @Override
            void send(Wagi wagi, WagiRequest request, ResponseSink sink, ExecutorService executor) {
                wagi.handle(request, sink, executor);
            }
        };

        abstract void send(Wagi wagi, WagiRequest request, ResponseSink sink, ExecutorService executor);
    }

    @ParameterizedTest
    @EnumSource
    void handle_guestDoesNotEnd_is504AndHoldsNoPlace(Way way) throws Exception {
        Wagi wagi = Guests.build(host("stuck").maxTotalConcurrency(1));
        Recorder sink = new Recorder();

        way.send(wagi, WagiRequest.get("/stuck"), sink, executor);

        assertThat(sink.outcome()).isEqualTo("504 Gateway Timeout");
        assertGood(wagi);
        assertThat(abandoned.take()).isEqualTo("stuck");
        assertThat(wagi.close(Duration.ofDays(1))).as("nobody waits for it").isTrue();
        released.countDown();
        sink.awaitNothingMore();
    }

    @ParameterizedTest
    @EnumSource
    void handle_guestEndsAfterThat_reachesNobody(Way way) throws Exception {
        Wagi wagi = Guests.build(host("late"));
        Recorder sink = new Recorder();
        way.send(wagi, WagiRequest.get("/stuck"), sink, executor);
        assertThat(sink.outcome()).isEqualTo("504 Gateway Timeout");

        released.countDown();

        sink.awaitNothingMore();
        assertThat(wagi.close(Duration.ZERO)).isTrue();
    }

    /** A servlet container ends a response when its thread comes back, whatever was answered by then. */
    @Test
    void handle_guestEndsWhileItIsAnsweredElsewhere_returnsAfterTheAnswer() throws Exception {
        Wagi wagi = Guests.build(host("stuck"));
        Queue<String> order = new ConcurrentLinkedQueue<>();
        Recorder sink = new Recorder() {
            @Override
            public void start(int status, Headers headers, long contentLength) {
                super.start(status, headers, contentLength);
                released.countDown();
                try {
                    back.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                // Until it waits for this, or has not waited.
                while (caller.getState() != Thread.State.WAITING && caller.getState() != Thread.State.TERMINATED) {
                    Thread.onSpinWait();
                }
            }

            @Override
            public void end() {
                order.add("answered");
                super.end();
            }
        };
        Thread caller = new Thread(() -> {
            wagi.handle(WagiRequest.get("/stuck"), sink);
            order.add("returned");
        });
        sink.caller = caller;
        caller.start();
        caller.join();

        assertThat(sink.outcome()).isEqualTo("504 Gateway Timeout");
        assertThat(order).containsExactly("answered", "returned");
    }

    @Test
    void handle_manyDoNotEnd_moduleIsOutOfServiceUntilTheyDo() throws Exception {
        Wagi wagi = Guests.build(host("stuck"));
        for (int i = 0; i < Strays.MOST_OF_MODULE; i++) {
            Recorder sink = new Recorder();
            wagi.handle(WagiRequest.get("/stuck"), sink, executor);
            assertThat(sink.outcome()).isEqualTo("504 Gateway Timeout");
        }

        for (Way way : Way.values()) {
            Recorder sink = new Recorder();
            way.send(wagi, WagiRequest.get("/stuck"), sink, executor);
            assertThat(sink.outcome()).isEqualTo("503 Service Unavailable");
        }
        assertGood(wagi);
        released.countDown();
        executor.shutdown();
        assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        assertThat(wagi.handle(WagiRequest.get("/stuck")).status()).isNotEqualTo(503);
        assertThat(wagi.close(Duration.ofDays(1))).isTrue();
    }

    /** What its own thread is in the middle of, no other one may touch. */
    @ParameterizedTest
    @ValueSource(strings = {"writes", "reads"})
    void handle_transportDoesNotReturn_placeIsGivenBackAndItIsBrokenOffLater(String guest) throws Exception {
        Wagi wagi = Guests.build(host(guest).maxTotalConcurrency(1));
        Recorder sink = new Recorder();
        sink.blocks = guest.equals("writes");
        InputStream body = new InputStream() {
            @Override
            public int read() {
                neverEnd();
                return -1;
            }
        };

        wagi.handle(WagiRequest.builder("POST", "/stuck").body(body, 1).build(), sink, executor);

        assertThat(abandoned.take()).isEqualTo("stuck");
        assertGood(wagi);
        assertThat(wagi.close(Duration.ofDays(1))).isTrue();
        assertThat(sink.calls).isEmpty();
        released.countDown();
        assertThat(sink.outcome()).isEqualTo("aborted");
        sink.awaitNothingMore();
    }

    @Test
    void tryHandle_guestDoesNotEnd_noOtherThreadIsLost() throws Exception {
        Wagi wagi = Guests.build(host("later-stuck").maxTotalConcurrency(1));
        Thread socket = new Thread(() -> {
            for (int i = 0; begun.availablePermits() == 0; i++) {
                Recorder sink = new Recorder();
                if (!wagi.tryHandle(WagiRequest.get("/stuck"), sink)) {
                    wagi.handle(WagiRequest.get("/stuck"), sink);
                }
            }
        });
        socket.start();

        assertThat(abandoned.take()).isEqualTo("stuck");
        Recorder sink = new Recorder();
        assertThat(wagi.tryHandle(WagiRequest.get("/good"), sink)).isFalse();
        assertGood(wagi);
        assertThat(wagi.close(Duration.ofDays(1))).isTrue();
        released.countDown();
        socket.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stuck-start", "stuck-routes"})
    void load_guestDoesNotEnd_isAProblemAndOthersAreLoaded(String guest) {
        Wagi wagi = host("good").build();

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> wagi.reload(host(guest)))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining(guest + ".wat takes longer than 1 ms ")
                    .hasMessageNotContaining("good");
        }

        assertGood(wagi);
        wagi.reload(host("good"));
        assertGood(wagi);
        assertThat(wagi.close(Duration.ofDays(1))).isTrue();
    }

    @Test
    void load_tooManyDoNotEnd_isAProblem() {
        Strays strays = new Strays(0, Watchdog.SHARED);
        Strays.OfModule module = strays.new OfModule();
        for (int i = 0; i < Strays.MOST; i++) {
            assertThat(strays.tryAdd()).isTrue();
        }

        assertThat(strays.tryAdd()).isFalse();
        assertThat(module.isFull()).isFalse();
        assertThat(module.add(false)).as("its place is given back").isFalse();
        assertThat(module.isFull()).as("with its first one").isTrue();
        strays.remove();
        assertThat(module.isFull()).isTrue();
        module.remove();
        assertThat(module.isFull()).isFalse();
        assertThat(strays.tryAdd()).isTrue();
    }

    private void assertGood(Wagi wagi) {
        for (int i = 0; i < 100; i++) {
            assertThat(wagi.handle(WagiRequest.get("/good")).text()).isEqualTo("ok");
        }
    }

    private Wagi.Builder host(String guest) {
        return Wagi.builder()
                .sandboxEngine(engine())
                .patience(Duration.ofMillis(20))
                .listener(new WagiListener() {
                    @Override
                    public void guestAbandoned(GuestAbandoned event) {
                        abandoned.add(event.module());
                    }
                })
                .addModule(m -> m.route("/good").source(Guests.wat(directory, "good", "good")))
                .addModule(m -> m.route("/stuck")
                        .name("stuck")
                        .source(Guests.wat(directory, guest, guest))
                        .limits(l -> l.withTimeout(guest.equals("good") ? l.timeout() : Duration.ofMillis(1))));
    }

    private SandboxEngine engine() {
        return (name, bytes, digest) -> limits -> new Stub(new String(bytes, StandardCharsets.US_ASCII));
    }

    private void neverEnd() {
        begun.release();
        boolean ended = false;
        while (!ended) {
            try {
                released.await();
                ended = true;
            } catch (InterruptedException e) {
                // That is what it is about.
            }
        }
        back.countDown();
    }

    /** A module that does what its name says. */
    private final class Stub implements StubGuest {
        private final String does;
        private int runs;

        Stub(String does) {
            this.does = does;
            if (does.equals("stuck-start")) {
                neverEnd();
            }
        }

        @Override
        public Set<String> entrypoints() {
            return Set.of("_start", "_routes");
        }

        @Override
        public boolean exports(String function) {
            return function.equals("_start") || does.equals("stuck-routes");
        }

        @Override
        public int run(String entrypoint, GuestIo io) throws IOException {
            switch (does) {
                case "good" -> {}
                case "later-stuck" -> {
                    if (++runs > 50 && Thread.currentThread().getName().startsWith("Thread-")) {
                        neverEnd();
                    }
                }
                case "reads" -> io.stdin().read(new byte[1], 0, 1);
                case "writes" -> {
                    io.stdout().write(RESPONSE, 0, RESPONSE.length);
                    io.stdout().flush();
                }
                case "late" -> {
                    neverEnd();
                    io.stdout().write(RESPONSE, 0, RESPONSE.length);
                    io.stdout().flush();
                }
                default -> neverEnd();
            }
            io.stdout().write(RESPONSE, 0, RESPONSE.length);
            return 0;
        }
    }

    /** Notes the calls, and hands out what became of the request. */
    private class Recorder implements ResponseSink {
        private final Queue<String> calls = new ConcurrentLinkedQueue<>();
        private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private volatile boolean blocks;
        volatile Thread caller = Thread.currentThread();

        String outcome() throws InterruptedException {
            return outcomes.take();
        }

        /** All threads that could still call it have ended. */
        void awaitNothingMore() throws Exception {
            executor.shutdown();
            assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            assertThat(outcomes).isEmpty();
        }

        @Override
        public void start(int status, Headers headers, long contentLength) {
            if (blocks) {
                neverEnd();
            }
            calls.add("start");
            text.append(status).append(' ');
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            calls.add("write");
            text.append(new String(bytes, offset, length, StandardCharsets.US_ASCII)
                    .lines()
                    .findFirst()
                    .orElse(""));
        }

        @Override
        public void flush() {
            calls.add("flush");
        }

        @Override
        public void end() {
            outcomes.add(text.toString());
        }

        @Override
        public void abort() {
            outcomes.add("aborted");
        }
    }
}
