// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ContainerLogTest {

    private static final Instant START = Instant.parse("2026-11-28T10:00:00Z");

    @TempDir
    private Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    };

    @Test
    void read_all_isWhatWasWrittenWithItsTime() throws Exception {
        try (ContainerLog log = new ContainerLog(directory, "a", clock)) {
            log.append("one");
            now.set(START.plusMillis(1500));
            log.append("two ö");

            assertThat(read(log, false, Optional.empty(), -1))
                    .containsExactly("2026-11-28T10:00:00.000000000Z one", "2026-11-28T10:00:01.500000000Z two ö");
        }
    }

    @Test
    void read_tailAndSince_areTheLastLines() throws Exception {
        try (ContainerLog log = new ContainerLog(directory, "a", clock)) {
            for (int i = 0; i < 10; i++) {
                now.set(START.plusSeconds(i));
                log.append("line " + i);
            }

            assertThat(read(log, false, Optional.empty(), 2))
                    .extracting(line -> line.substring(31))
                    .containsExactly("line 8", "line 9");
            assertThat(read(log, false, Optional.of(START.plusSeconds(7)), -1)).hasSize(3);
            assertThat(read(log, false, Optional.of(START.plusSeconds(7)), 1)).hasSize(1);
            assertThat(read(log, false, Optional.empty(), 0)).isEmpty();
        }
    }

    @Test
    void restart_keepsWhatWasWrittenAsThePreviousLog() throws Exception {
        try (ContainerLog log = new ContainerLog(directory, "a", clock)) {
            assertThat(log.hasPrevious()).isFalse();
            log.append("before");
            log.restart();
            log.append("after");

            assertThat(log.hasPrevious()).isTrue();
            assertThat(read(log, true, Optional.empty(), -1))
                    .singleElement()
                    .asString()
                    .endsWith("before");
            assertThat(read(log, false, Optional.empty(), -1))
                    .singleElement()
                    .asString()
                    .endsWith("after");
        }
    }

    @Test
    void append_beyondTenMebibytes_keepsTheFileBefore() throws Exception {
        try (ContainerLog log = new ContainerLog(directory, "a", clock)) {
            String line = "x".repeat(8 << 10);
            for (int i = 0; i < 3000; i++) {
                log.append(line);
            }

            // Two files of ten lines are kept; the oldest of the three is removed.
            assertThat(read(log, false, Optional.empty(), -1)).hasSizeBetween(1280, 2600);
            assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a.log", "a.1.log");
        }
    }

    @Test
    void read_follow_getsLinesAsTheyAreWrittenAndEndsWithTheLog() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        ContainerLog log = new ContainerLog(directory, "a", clock);
        log.append("one");
        Thread reader = new Thread(() -> {
            try {
                log.read(false, Optional.empty(), -1, true, (time, text) -> lines.add(text), () -> true);
            } catch (Exception e) {
                lines.add(e.toString());
            }
            lines.add("end");
        });
        reader.start();

        assertThat(lines.take()).isEqualTo("one");
        log.append("two");
        assertThat(lines.take()).isEqualTo("two");
        log.restart();
        log.append("three");
        assertThat(lines.take()).isEqualTo("three");
        log.close();
        assertThat(lines.take()).isEqualTo("end");
        reader.join();
    }

    private static List<String> read(ContainerLog log, boolean previous, Optional<Instant> since, long tail)
            throws Exception {
        List<String> lines = new ArrayList<>();
        log.read(previous, since, tail, false, (time, text) -> lines.add(time + " " + text), () -> true);
        return lines;
    }
}
