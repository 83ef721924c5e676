// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeLimitsTest {

    private static final Duration DAY = Duration.ofDays(1);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final TimeLimits limits = new TimeLimits("test", now::get);

    @Test
    void within_ofManyCallsThatReturn_keepsNoAlarm() {
        try (limits) {
            for (int i = 0; i < 100; i++) {
                assertThat(limits.within(DAY, () -> "done")).isEqualTo("done");
            }

            assertThat(limits.pending()).isZero();
        }
    }

    @Test
    void within_ofACallThatTakesLongerWithoutItsAlarm_isNull() {
        try (limits) {
            assertThat(limits.within(DAY, () -> now.addAndGet(DAY.toNanos()))).isNotNull();
            assertThat(limits.within(DAY, () -> now.addAndGet(DAY.toNanos() + 1)))
                    .isNull();
        }
    }

    @Test
    void within_ofACallThatDoesNotReturn_interruptsIt() {
        try (limits) {
            boolean[] interrupted = {false};

            assertThat(limits.within(Duration.ofNanos(1), () -> {
                        try {
                            return new CountDownLatch(1).await(1, TimeUnit.DAYS);
                        } catch (InterruptedException e) {
                            interrupted[0] = true;
                            return true;
                        }
                    }))
                    .isNull();
            assertThat(interrupted[0]).isTrue();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }
}
