// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class PeriodicTasksTest {

    static List<Throwable> failures() {
        return List.of(new IllegalStateException("of this test"), new OutOfMemoryError("of this test"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void taskThatThrows_runsAgain(Throwable failure) throws Exception {
        CountDownLatch runs = new CountDownLatch(3);
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
        try {
            PeriodicTasks.start(executor, "this test", Duration.ZERO, Duration.ofMillis(1), () -> {
                runs.countDown();
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            });
            runs.await();
        } finally {
            executor.shutdownNow();
        }
    }
}
