// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies whose length is known at their end only, from transports that wait without a thread and from those that do
 * not.
 */
@Timeout(60)
class CollectedBodiesTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @Test
    void handle_bodyArrivesInPieces_takesNoPlaceBeforeItIsComplete() throws Exception {
        try (Wagi wagi = env(limits -> limits.withMaxConcurrency(1).withMaxQueue(0))) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env"), answer, executor);
            body.arrive("some ");

            assertThat(wagi.handle(WagiRequest.get("/env")).status()).isEqualTo(200);
            body.arrive("bytes");
            assertThat(wagi.handle(WagiRequest.get("/env")).status()).isEqualTo(200);
            body.end();

            assertThat(answer.await()).isEqualTo("200");
            assertThat(answer.body()).contains("CONTENT_LENGTH=10\n", "length = 10\n");
        }
    }

    @Test
    void handle_bodyInAFile_isWhatArrived() throws Exception {
        try (Wagi wagi = env(limits -> limits)) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env/echo"), answer, executor);
            String piece = "0123456789".repeat(3000);
            for (int i = 0; i < 10; i++) {
                body.arrive(piece);
            }
            body.end();

            assertThat(answer.await()).isEqualTo("200");
            assertThat(answer.body()).isEqualTo(piece.repeat(10));
        }
    }

    @Test
    void handle_bodyLongerThanItMayBe_is413BeforeItsEnd() throws Exception {
        try (Wagi wagi = env(limits -> limits.withMaxRequestBodyBytes(10))) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env"), answer, executor);
            body.arrive("12345678901");

            assertThat(answer.await()).isEqualTo("413");
            body.arrive("more");
            body.end();
            assertThat(wagi.close(Duration.ofSeconds(30))).isTrue();
        }
    }

    @Test
    void handle_bodyAsLongAsItMayBe_isTaken() throws Exception {
        try (Wagi wagi = env(limits -> limits.withMaxRequestBodyBytes(10))) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env/echo"), answer, executor);
            body.arrive("1234567890");
            body.end();

            assertThat(answer.await()).isEqualTo("200");
            assertThat(answer.body()).isEqualTo("1234567890");
        }
    }

    @Test
    void handle_bodyBreaksOff_is400() throws Exception {
        try (Wagi wagi = env(limits -> limits)) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env"), answer, executor);
            body.arrive("some");
            body.breakOff();

            assertThat(answer.await()).isEqualTo("400");
            assertThat(wagi.close(Duration.ofSeconds(30))).isTrue();
        }
    }

    @Test
    void handle_bodyNeverEnds_is504AndWhatComesLaterIsForgotten() throws Exception {
        try (Wagi wagi = env(limits -> limits.withMinRequestBodyRate(0).withTimeout(Duration.ofMillis(50)))) {
            Arriving body = new Arriving();
            Answer answer = new Answer();
            wagi.handle(body.post("/env"), answer, executor);
            body.arrive("some");

            assertThat(answer.await()).isEqualTo("504");
            body.end();
            assertThat(wagi.close(Duration.ofSeconds(30))).isTrue();
            assertThat(answer.calls).containsExactly("504", "end");
        }
    }

    /** A transport may call back before it has returned; a client decides how often. */
    @Test
    void handle_transportCallsBackAtOnce_needsNoStack() throws Exception {
        try (Wagi wagi = env(limits -> limits)) {
            Answer answer = new Answer();
            int[] left = {100_000};
            WagiRequest.Readiness readiness = later -> {
                if (left[0]-- > 0) {
                    later.run();
                    return false;
                }
                return true;
            };
            wagi.handle(
                    WagiRequest.builder("POST", "/env")
                            .body(InputStream.nullInputStream(), -1, readiness)
                            .build(),
                    answer,
                    executor);

            assertThat(answer.await()).isEqualTo("200");
            assertThat(answer.body()).contains("CONTENT_LENGTH=0\n");
        }
    }

    @Test
    void handle_transportFails_theRequestEnds() throws Exception {
        try (Wagi wagi = env(limits -> limits)) {
            Answer answer = new Answer();
            wagi.handle(
                    WagiRequest.builder("POST", "/env")
                            .body(InputStream.nullInputStream(), -1, later -> {
                                throw new IllegalStateException("recycled, on purpose");
                            })
                            .build(),
                    answer,
                    executor);

            assertThat(answer.await()).isEqualTo("abort");
            assertThat(wagi.close(Duration.ofSeconds(30))).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70_000})
    void handle_transportWithAThread_collectsThere(int size) throws Exception {
        byte[] bytes = "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
        try (Wagi wagi = env(limits -> limits)) {
            WagiRequest.Builder request = WagiRequest.builder("POST", "/env").body(new ByteArrayInputStream(bytes), -1);
            Answer answer = new Answer();
            wagi.handle(
                    WagiRequest.builder("POST", "/env")
                            .body(new ByteArrayInputStream(bytes), -1)
                            .build(),
                    answer,
                    executor);

            assertThat(wagi.handle(request.build()).text())
                    .contains("CONTENT_LENGTH=" + size + "\n", "length = " + size + "\n");
            assertThat(answer.await()).isEqualTo("200");
            assertThat(answer.body()).contains("CONTENT_LENGTH=" + size + "\n");
        }
    }

    @Test
    void handle_transportWithAThreadAndAnEndlessBody_is504() {
        InputStream endless = new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }
        };
        try (Wagi wagi = env(limits -> limits.withMinRequestBodyRate(0).withTimeout(Duration.ofMillis(50)))) {
            assertThat(wagi.handle(WagiRequest.builder("POST", "/env")
                                    .body(endless, -1)
                                    .build())
                            .status())
                    .isEqualTo(504);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    private static Wagi env(UnaryOperator<Limits> change) {
        return Guests.build(Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/env/...").source(Guests.sample("env")).limits(change)));
    }

    /** A body that comes when the test says so; reading what is not there yet is a failure of the host. */
    private static final class Arriving extends InputStream implements WagiRequest.Readiness {
        private final Deque<byte[]> pieces = new ArrayDeque<>();
        private boolean ended;
        private boolean broken;
        private @Nullable Runnable waiting;

        WagiRequest post(String path) {
            return WagiRequest.builder("POST", path).body(this, -1, this).build();
        }

        void arrive(String text) {
            change(() -> pieces.add(text.getBytes(StandardCharsets.US_ASCII)));
        }

        void end() {
            change(() -> ended = true);
        }

        void breakOff() {
            change(() -> broken = true);
        }

        private void change(Runnable event) {
            Runnable next;
            synchronized (this) {
                event.run();
                next = waiting;
                waiting = null;
            }
            if (next != null) {
                next.run();
            }
        }

        @Override
        public synchronized boolean isReady(Runnable later) {
            if (ended || broken || !pieces.isEmpty()) {
                return true;
            }
            waiting = later;
            return false;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
            if (pieces.isEmpty()) {
                if (broken) {
                    throw new IOException("the client is gone, on purpose");
                }
                assertThat(ended).as("read before it is ready").isTrue();
                return -1;
            }
            byte[] piece = pieces.poll();
            int count = Math.min(length, piece.length);
            System.arraycopy(piece, 0, bytes, offset, count);
            if (count < piece.length) {
                byte[] rest = new byte[piece.length - count];
                System.arraycopy(piece, count, rest, 0, rest.length);
                pieces.addFirst(rest);
            }
            return count;
        }
    }

    /** The status, or "abort"; then "end". */
    private static final class Answer implements ResponseSink {
        private final List<String> calls = new ArrayList<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final CountDownLatch over = new CountDownLatch(1);

        String await() throws InterruptedException {
            assertThat(over.await(50, TimeUnit.SECONDS)).isTrue();
            return calls.get(0);
        }

        String body() {
            return body.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void start(int status, Headers headers, long contentLength) {
            calls.add(Integer.toString(status));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            body.write(bytes, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void end() {
            calls.add("end");
            over.countDown();
        }

        @Override
        public void abort() {
            calls.add("abort");
            over.countDown();
        }
    }
}
