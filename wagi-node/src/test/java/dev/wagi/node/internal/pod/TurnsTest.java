// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    private final CountDownLatch end = new CountDownLatch(1);

    private Runnable task(String name) {
        return () -> {
            begun.add(name);
            try {
                end.await();
            } catch (InterruptedException e) {
                begun.add(name + " was interrupted");
            }
        };
    }

    @Test
    void submit_ofATenantWithMany_leavesThreadsToOthers() throws InterruptedException {
        try (Turns turns = new Turns("test", 4, 3)) {
            IntStream.range(0, 100).forEach(i -> turns.submit("greedy", task("greedy")));
            turns.submit("modest", task("modest"));

            assertThat(List.of(begun.take(), begun.take(), begun.take(), begun.take()))
                    .containsExactlyInAnyOrder("greedy", "greedy", "greedy", "modest");
            end.countDown();
            for (int i = 0; i < 97; i++) {
                assertThat(begun.take()).isEqualTo("greedy");
            }
        }
    }

    @Test
    void submit_whenAllAreBusy_goesRoundTheTenants() throws InterruptedException {
        try (Turns turns = new Turns("test", 1, 1)) {
            turns.submit("a", task("a1"));
            turns.submit("a", task("a2"));
            turns.submit("a", task("a3"));
            turns.submit("b", task("b1"));
            end.countDown();

            assertThat(List.of(begun.take(), begun.take(), begun.take(), begun.take()))
                    .containsExactly("a1", "a2", "b1", "a3");
        }
    }

    @Test
    void cancel_interruptsWhatRunsAndForgetsWhatWaits() throws InterruptedException {
        try (Turns turns = new Turns("test", 1, 1)) {
            Future<?> first = turns.submit("a", task("first"));
            Future<?> second = turns.submit("a", task("second"));
            Future<?> third = turns.submit("a", task("third"));
            assertThat(begun.take()).isEqualTo("first");

            second.cancel(true);
            first.cancel(true);

            assertThat(begun.take()).isEqualTo("first was interrupted");
            assertThat(begun.take()).isEqualTo("third");
            third.cancel(true);
        }
    }

    @Test
    void submit_withoutAThreadForIt_keepsTheTaskUntilThereIsOne() throws InterruptedException {
        AtomicInteger missing = new AtomicInteger(3);
        ThreadFactory factory = task -> {
            if (missing.getAndDecrement() > 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return new Thread(task);
        };
        try (Turns turns = new Turns(1, 1, factory)) {
            turns.submit("a", task("a1"));
            turns.submit("b", task("b1"));
            turns.resume();
            assertThat(begun).isEmpty();

            turns.resume();
            end.countDown();

            assertThat(List.of(begun.take(), begun.take())).containsExactly("a1", "b1");
        }
    }
}
