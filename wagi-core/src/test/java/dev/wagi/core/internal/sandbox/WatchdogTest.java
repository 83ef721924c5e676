// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchdogTest {

    private static final long LONG = TimeUnit.MINUTES.toNanos(10);

    private final Watchdog watchdog = new Watchdog();

    @AfterEach
    void thread_isNotInterrupted() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void begin_workEndsInTime_isNotInterrupted() {
        Watchdog.Watch watch = watchdog.begin(LONG);
        assertThat(watch.end()).isFalse();
    }

    @Test
    void begin_workTakesTooLong_isInterruptedUntilTheEnd() {
        Watchdog.Watch watch = watchdog.begin(TimeUnit.MILLISECONDS.toNanos(1));
        while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
        assertThat(watch.end()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void begin_threadSleeps_isWoken() {
        Watchdog.Watch watch = watchdog.begin(TimeUnit.MILLISECONDS.toNanos(1));
        try {
            TimeUnit.MINUTES.sleep(5);
            assertThat(false).as("woken").isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // as host functions do
        }
        assertThat(watch.end()).isTrue();
    }

    /** As some blocking calls of containers do. */
    @Test
    void begin_interruptIsSwallowed_comesAgain() {
        Watchdog.Watch watch = watchdog.begin(TimeUnit.MILLISECONDS.toNanos(1));
        for (int i = 0; i < 3; i++) {
            while (!Thread.interrupted()) {
                Thread.onSpinWait();
            }
        }
        assertThat(watch.end()).isTrue();
    }

    @Test
    void begin_withAnAction_runsItOnceAndInterruptsNobody() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        Watchdog.Watch watch = watchdog.begin(TimeUnit.MILLISECONDS.toNanos(1), () -> {
            runs.incrementAndGet();
            done.countDown();
        });
        done.await();
        begin_interruptIsSwallowed_comesAgain(); // some ticks

        assertThat(watch.end()).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void begin_actionEndsInTime_isNotRun() {
        AtomicInteger runs = new AtomicInteger();
        Watchdog.Watch watch = watchdog.begin(LONG, runs::incrementAndGet);

        assertThat(watch.end()).isFalse();
        assertThat(runs).hasValue(0);
    }

    /** As an executor does that runs a task on the thread that hands it over. */
    @Test
    void end_byTheActionItself_othersAreStillWatched() throws Exception {
        CompletableFuture<Watchdog.Watch> watch = new CompletableFuture<>();
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        watch.complete(watchdog.begin(
                TimeUnit.MILLISECONDS.toNanos(1),
                () -> ended.complete(watch.join().end())));

        assertThat(ended.get()).isTrue();
        begin_workTakesTooLong_isInterruptedUntilTheEnd();
    }

    @Test
    void begin_actionFails_othersAreStillWatched() {
        Watchdog.Watch failing = watchdog.begin(0, () -> {
            throw new IllegalStateException("on purpose");
        });
        begin_workTakesTooLong_isInterruptedUntilTheEnd();

        assertThat(failing.end()).isTrue();
    }

    /** The watchdog's thread has ended by then, and another one must be started. */
    @Test
    void begin_afterAPause_isWatchedAgain() throws InterruptedException {
        begin_workTakesTooLong_isInterruptedUntilTheEnd();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("wagi-watchdog")) {
                thread.join(); // it may have ended before
            }
        }
        begin_workTakesTooLong_isInterruptedUntilTheEnd();
    }

    /** More than there are places at first. */
    @Test
    void begin_hundredsAtOnce_allAreInterrupted() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(300);
        List<Future<Boolean>> threads = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            threads.add(executor.submit(() -> {
                Watchdog.Watch watch = watchdog.begin(TimeUnit.MILLISECONDS.toNanos(50));
                try {
                    TimeUnit.MINUTES.sleep(5);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return watch.end() && !Thread.currentThread().isInterrupted();
            }));
        }
        for (Future<Boolean> thread : threads) {
            assertThat(thread.get()).isTrue();
        }
        executor.shutdown();
    }

    /** Deadlines that fall just where the work ends: no interrupt may reach what the thread does next. */
    @Test
    void end_atTheVeryMoment_neverInterruptsTheNextWork() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        List<Future<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(executor.submit(() -> {
                int fired = 0;
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                while (System.nanoTime() < until) {
                    long work = ThreadLocalRandom.current().nextLong(2_000_000);
                    long end = System.nanoTime() + work;
                    Watchdog.Watch watch = watchdog.begin(work);
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    fired += watch.end() ? 1 : 0;
                    for (int j = 0; j < 1000; j++) {
                        if (Thread.currentThread().isInterrupted()) {
                            throw new AssertionError("interrupted after the end");
                        }
                    }
                }
                return fired;
            }));
        }
        int fired = 0;
        for (Future<Integer> thread : threads) {
            fired += thread.get();
        }
        executor.shutdown();
        assertThat(fired).as("some were too late, or this shows nothing").isPositive();
    }
}
