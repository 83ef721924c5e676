// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SeatsTest {

    private final AtomicLong now = new AtomicLong(-5); // as System.nanoTime may be
    private final Seats seats = new Seats(2, now::get);

    /** A guest that waits for a seat, on a thread of its own. */
    private final class Guest {
        final CompletableFuture<Long> ticket = new CompletableFuture<>();
        final Thread thread = new Thread(() -> {
            ticket.complete(seats.enter());
            interrupted = Thread.currentThread().isInterrupted();
        });
        volatile boolean interrupted;

        Guest arrives() {
            int before = seats.waiting();
            thread.start();
            while (seats.waiting() == before) {
                Thread.onSpinWait();
            }
            return this;
        }

        long seated() throws InterruptedException {
            long result = ticket.join();
            thread.join();
            return result;
        }
    }

    @Test
    void enter_seatsAreFree_waitsForNothing() {
        long first = seats.enter();
        long second = seats.enter();

        assertThat(List.of(first, second)).doesNotHaveDuplicates().doesNotContain(0L);
        assertThat(seats.waiting()).isZero();
    }

    @Test
    void leave_othersWait_firstIsNext() throws Exception {
        long first = seats.enter();
        long second = seats.enter();
        Guest third = new Guest().arrives();
        Guest fourth = new Guest().arrives();

        seats.leave(second);
        long next = third.seated();
        assertThat(fourth.ticket).isNotDone();

        seats.leave(next);
        assertThat(fourth.seated()).isNotIn(0L, first, second, next);
        assertThat(seats.waiting()).isZero();
    }

    /** Both go on; what the one leaves that was there first is no longer its seat. */
    @Test
    void enter_turnsAreOver_takesTheSeatThatWasTakenFirst() throws Exception {
        long first = seats.enter();
        now.addAndGet(Seats.TURN / 2);
        long second = seats.enter();
        Guest third = new Guest().arrives();

        now.addAndGet(Seats.TURN / 2);
        long instead = third.seated();
        Guest fourth = new Guest().arrives();
        seats.leave(first);
        assertThat(fourth.ticket).isNotDone();

        seats.leave(instead);
        long last = fourth.seated();
        seats.leave(second);
        seats.leave(last);
        assertThat(List.of(seats.enter(), seats.enter())).doesNotContain(0L);
    }

    @Test
    void enter_everyTurnIsOver_allWhoWaitGoOn() throws Exception {
        seats.enter();
        seats.enter();
        Guest third = new Guest().arrives();
        Guest fourth = new Guest().arrives();

        now.addAndGet(Seats.TURN);

        assertThat(List.of(third.seated(), fourth.seated()))
                .doesNotHaveDuplicates()
                .doesNotContain(0L);
    }

    @Test
    void enter_interrupted_goesOnWithoutASeat() throws Exception {
        long first = seats.enter();
        seats.enter();
        Guest third = new Guest().arrives();
        Guest fourth = new Guest().arrives();

        third.thread.interrupt();

        assertThat(third.seated()).isZero();
        assertThat(third.interrupted).isTrue();
        seats.leave(0);
        assertThat(fourth.ticket).isNotDone();
        seats.leave(first);
        assertThat(fourth.seated()).isNotZero();
    }

    /** Of many that come and go, never more are there than there are seats, and nobody is forgotten. */
    @Test
    void enterAndLeave_byManyThreads_neverMoreThanSeats() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Thread thread = new Thread(() -> {
                for (int round = 0; round < 2000; round++) {
                    long ticket = seats.enter();
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.yield();
                    inside.decrementAndGet();
                    seats.leave(ticket);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(most).hasValueBetween(1, 2);
        assertThat(seats.waiting()).isZero();
    }
}
