// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedQueueTest {

    @Test
    void add_whileWorkedOn_worksOnceMoreAndNeverTwiceAtOnce() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(2);
        KeyedQueue queue = new KeyedQueue("test", 4, key -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            runs.incrementAndGet();
            first.countDown();
            await(goOn);
            inside.decrementAndGet();
            second.countDown();
        });
        try (queue) {
            queue.add("a");
            first.await();

            queue.add("a");
            queue.add("a");
            queue.add("a");
            goOn.countDown();
            second.await();

            assertThat(most).hasValue(1);
            assertThat(runs).hasValue(2);
        }
    }

    @Test
    void add_workThatFails_isRepeatedUntilItDoesNot() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(3);
        KeyedQueue queue = new KeyedQueue("test", 1, key -> {
            if (left.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
            done.countDown();
        });
        try (queue) {
            queue.add("a");
            done.await();

            assertThat(left).hasValue(-1);
        }
    }

    @Test
    void add_keyThatBlocks_doesNotHoldUpOthers() throws InterruptedException {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch other = new CountDownLatch(1);
        KeyedQueue queue = new KeyedQueue("test", 2, key -> {
            if (key.equals("slow")) {
                await(goOn);
            } else {
                other.countDown();
            }
        });
        try (queue) {
            queue.add("slow");
            queue.add("quick");
            other.await();
            goOn.countDown();
        }
    }

    @Test
    void addAfter_severalTimes_keepsTheEarliestAndLeavesNothing() throws InterruptedException {
        List<String> worked = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(1);
        KeyedQueue queue = new KeyedQueue("test", 1, key -> {
            worked.add(key);
            done.countDown();
        });
        try (queue) {
            queue.addAfter("a", Duration.ofHours(1));
            queue.addAfter("a", Duration.ofMillis(1));
            queue.addAfter("a", Duration.ofHours(2));
            done.await();
            while (queue.size() > 0) {
                Thread.onSpinWait(); // the worker is about to leave
            }

            assertThat(worked).containsExactly("a");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
