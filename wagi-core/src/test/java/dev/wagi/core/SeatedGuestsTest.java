// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.admission.Seats;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** Answers requests with guests at the same time; returns the statuses. */
    private List<Integer> answer(UnaryOperator<ModuleBuilder> settings, Guest guest) throws Exception {
        List<Integer> statuses = new ArrayList<>();
        try (Wagi wagi = Wagi.builder()
                .seats(() -> new Seats(SEATS, () -> 0))
                .outboundHttpClient(request -> {
                    throw new IOException("nothing is called here");
                })
                .sandboxEngine((name, bytes, digest) -> limits -> new StubGuest(io -> {
                    guest.run(io);
                    io.stdout().write(RESPONSE, 0, RESPONSE.length);
                    return 0;
                }))
                .addModule(m -> settings.apply(m.route("/").source(Guests.wat(directory, "any", ""))))
                .build()) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < GUESTS; i++) {
                Thread thread = new Thread(() -> {
                    int status = wagi.handle(WagiRequest.get("/")).status();
                    synchronized (statuses) {
                        statuses.add(status);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        return statuses;
    }

    @Test
    void guests_thatCompute_takeTurns() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();

        assertThat(answer(m -> m, io -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    for (int i = 0; i < 100; i++) {
                        Thread.yield();
                    }
                    running.decrementAndGet();
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
        assertThat(most).hasValueBetween(1, SEATS);
    }

    /** It ends only when all of them run. */
    @Test
    void guests_thatWait_leaveTheirSeats() throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);

        assertThat(answer(m -> m, io -> {
                    io.willTakeLong();
                    all.countDown();
                    await(all);
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    @Test
    void guests_thatCallServers_leaveTheirSeats() throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);

        assertThat(answer(m -> m.allowedHosts("https://a.test"), io -> {
                    io.http();
                    all.countDown();
                    await(all);
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    /** Any call of a file may wait for a disk. */
    @Test
    void guests_thatHaveVolumes_needNoSeats() throws Exception {
        CountDownLatch all = new CountDownLatch(GUESTS);

        assertThat(answer(m -> m.addVolume("/data", directory), io -> {
                    all.countDown();
                    await(all);
                }))
                .hasSize(GUESTS)
                .containsOnly(200);
    }

    /** Those that wait for a seat have the same time as those that have one. */
    @Test
    void guests_thatKeepTheirSeats_areStoppedWithThoseThatWait() throws Exception {
        AtomicInteger begun = new AtomicInteger();

        assertThat(answer(m -> m.limits(l -> l.withTimeout(Duration.ofMillis(200))), io -> {
                    begun.incrementAndGet();
                    await(new CountDownLatch(1));
                }))
                .hasSize(GUESTS)
                .containsOnly(504);
        assertThat(begun).hasPositiveValue();
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
