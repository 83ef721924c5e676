// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.admission.Seats;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guests of a module that compute take turns; those that wait hold up none. The seats of these tests keep their time.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SeatedGuestsTest {

    private static final int SEATS = 2;
    private static final int GUESTS = 6;

    private static final byte[] RESPONSE = "Content-Type: text/plain\n\nok".getBytes(StandardCharsets.US_ASCII);

    private interface Guest {
        void run(GuestIo io) throws IOException;
    }

    @TempDir
    Path directory;

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Integer> statuses = new CopyOnWriteArrayList<>();

    /** Answers requests with guests at the same time; returns the statuses. */
    private List<Integer> answer(UnaryOperator<ModuleBuilder> settings, Guest guest) throws Exception {
        return answer(settings, WagiRequest::get, response -> {}, guest);
    }

    /** The same with bodies of requests, and something that the client does before it takes a part of a response. */
    private List<Integer> answer(
            UnaryOperator<ModuleBuilder> settings,
            Function<String, WagiRequest> request,
            Consumer<byte[]> client,
            Guest guest)
            throws Exception {
        try (Wagi wagi = Wagi.builder()
                .seats(() -> new Seats(SEATS, () -> 0))
                .outboundHttpClient(called -> {
                    throw new IOException("nothing is called here");
                })
                .sandboxEngine((name, bytes, digest) -> limits -> StubGuest.of(io -> {
                    guest.run(io);
                    io.stdout().write(RESPONSE, 0, RESPONSE.length);
                    return 0;
                }))
                .addModule(m -> settings.apply(m.route("/").source(Guests.wat(directory, "any", ""))))
                .build()) {
            for (int i = 0; i < GUESTS; i++) {
                threads.add(new Thread(() -> wagi.handle(request.apply("/"), new Client(statuses, client))));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        return statuses;
    }

    private record Client(List<Integer> statuses, Consumer<byte[]> takes) implements ResponseSink {
        @Override
        public void start(int status, Headers headers, long contentLength) {
            statuses.add(status);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            takes.accept(bytes);
        }

        @Override
        public void flush() {}

        @Override
        public void end() {}

        @Override
        public void abort() {}
    }

    /** Returns whether those guests wait that have no seat. */
    private boolean othersWait() {
        return threads.stream()
                        .filter(thread -> LockSupport.getBlocker(thread) instanceof Seats)
                        .count()
                == GUESTS - SEATS;
    }

    /** The first ones end only when all others wait for a seat, so the number of those that run can be seen. */
    @Test
    void guests_thatCompute_takeTurns() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicBoolean seen = new AtomicBoolean();

        assertThat(answer(m -> m, io -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    while (!seen.get() && !Thread.currentThread().isInterrupted()) {
                        seen.compareAndSet(false, othersWait());
                        Thread.onSpinWait();
                    }
                    running.decrementAndGet();
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
        assertThat(most).hasValue(SEATS);
    }

    /** Answers requests whose guests end only when all of them run. */
    private void assertAllRun(UnaryOperator<ModuleBuilder> settings, Guest guest) throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);

        assertThat(answer(settings, io -> {
                    guest.run(io);
                    all.countDown();
                    await(all);
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    @Test
    void guests_thatWait_leaveTheirSeats() throws Exception {
        assertAllRun(m -> m, GuestIo::willWait);
    }

    @Test
    void guests_thatCallServers_leaveTheirSeats() throws Exception {
        assertAllRun(m -> m.allowedHosts("https://a.test"), GuestIo::http);
    }

    /** Any call of a file may wait for a disk. */
    @Test
    void guests_thatHaveVolumes_needNoSeats() throws Exception {
        assertAllRun(m -> m.addVolume("/data", directory), io -> {});
    }

    /** Nothing of a body arrives before all guests wait for theirs. */
    @Test
    void guests_thatAwaitBodies_leaveTheirSeats() throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);
        InputStream body = new InputStream() {
            @Override
            public int read() {
                all.countDown();
                await(all);
                return 'x';
            }
        };

        assertThat(answer(
                        m -> m,
                        path -> WagiRequest.builder("POST", path).body(body, 1).build(),
                        bytes -> {},
                        io -> io.stdin().read(new byte[1], 0, 1)))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    @Test
    void guests_whoseClientsTakeNothing_leaveTheirSeats() throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);
        ThreadLocal<Boolean> waited = ThreadLocal.withInitial(() -> false);
        byte[] large = new byte[1 << 20];

        assertThat(answer(
                        m -> m,
                        WagiRequest::get,
                        bytes -> {
                            if (!waited.get()) {
                                waited.set(true);
                                all.countDown();
                                await(all);
                            }
                        },
                        io -> {
                            io.stdout().write(RESPONSE, 0, RESPONSE.length);
                            io.stdout().write(large, 0, large.length);
                        }))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    /** Those that wait for a seat have the same time as those that have one, and are not run when it is over. */
    @Test
    void guests_thatKeepTheirSeats_areStoppedAndOthersAreNotRun() throws Exception {
        AtomicInteger begun = new AtomicInteger();

        assertThat(answer(m -> m.limits(l -> l.withTimeout(Duration.ofMillis(200))), io -> {
                    begun.incrementAndGet();
                    while (statuses.size() < GUESTS - SEATS) {
                        Thread.onSpinWait(); // else one of the others could have its seat just before its time is over
                    }
                    throw new GuestTrapException("interrupted", null);
                }))
                .hasSize(GUESTS)
                .containsOnly(504);
        assertThat(begun).hasValue(SEATS);
    }

    /** Waits as host functions do: what interrupts it ends the guest. */
    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new GuestTrapException("interrupted", null);
        }
    }
}
