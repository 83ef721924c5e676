// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener.RequestEnded;
import dev.wagi.core.api.WagiRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where lines of the access log go, and what happens if they cannot. */
class AccessLogTest {

    private final List<String> problems = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    private static RequestEnded request(String id) {
        return RequestEnded.builder(id, WagiRequest.builder("GET", "/").build(), RequestOutcome.NOT_FOUND)
                .build();
    }

    private static ByteArrayOutputStream bytes(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return bytes;
    }

    @Test
    void close_writesWhatWaits() throws IOException {
        Path file = directory.resolve("log");
        AccessLog log = AccessLog.start(AccessLogFormat.COMMON, AccessLogFile.open(file.toString()), problems::add);

        for (int i = 0; i < 2000; i++) {
            log.requestEnded(request("id" + i));
        }
        log.close();

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2000);
        assertThat(lines.get(1999)).endsWith(" id1999");
        assertThat(problems).isEmpty();
    }

    @Test
    void file_thatIsThere_grows() throws IOException {
        Path file = Files.writeString(directory.resolve("log"), "before\n");

        AccessLogFile log = AccessLogFile.open(file.toString());
        log.write(bytes("after\n"));
        log.close();

        assertThat(file).hasContent("before\nafter\n");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "an open file cannot be renamed")
    void file_renamed_isCreatedAgain() throws IOException {
        Path file = directory.resolve("log");
        AccessLogFile log = AccessLogFile.open(file.toString());
        log.write(bytes("one\n"));
        Files.move(file, directory.resolve("log.1"));
        log.write(bytes("two\n"));
        Files.delete(file);
        log.write(bytes("three\n"));
        Files.writeString(file, ""); // as copytruncate does
        log.write(bytes("four\n"));
        log.close();

        assertThat(directory.resolve("log.1")).hasContent("one\n");
        assertThat(file).hasContent("four\n");
    }

    @Test
    void requests_fasterThanTheDisk_areCounted() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch disk = new CountDownLatch(1);
        StringBuffer written = new StringBuffer();
        AccessLog.Output slow = new AccessLog.Output() {
            @Override
            public void write(ByteArrayOutputStream lines) {
                begun.countDown();
                await(disk);
                written.append(lines.toString(StandardCharsets.US_ASCII));
            }

            @Override
            public void close() {
                written.append("closed");
            }
        };
        AccessLog log = AccessLog.start(AccessLogFormat.COMMON, slow, problems::add, Clock.systemUTC(), 2000);

        log.requestEnded(request("first"));
        await(begun);
        for (int i = 0; i < 100; i++) {
            log.requestEnded(request("later"));
        }
        disk.countDown();
        log.close();

        long later = written.toString().split(" later\n", -1).length - 1;
        assertThat(later).isBetween(1L, 20L);
        assertThat(written).contains(" first\n").endsWith("closed");
        assertThat(problems).singleElement().asString().startsWith(100 - later + " lines of the access log ");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void output_fails_isReportedOnce_andTriedAgain() {
        StringBuffer written = new StringBuffer();
        CountDownLatch failed = new CountDownLatch(2);
        AccessLog.Output full = new AccessLog.Output() {
            @Override
            public void write(ByteArrayOutputStream lines) throws IOException {
                if (failed.getCount() > 0) {
                    failed.countDown();
                    throw new IOException("No space left on device");
                }
                written.append(lines.toString(StandardCharsets.US_ASCII));
            }

            @Override
            public void close() {}

            @Override
            public String toString() {
                return "access.log";
            }
        };
        AccessLog log = AccessLog.start(AccessLogFormat.COMMON, full, problems::add);

        int sent = 0;
        while (failed.getCount() > 0) {
            log.requestEnded(request("lost"));
            sent++;
            Thread.onSpinWait();
        }
        log.requestEnded(request("last"));
        log.close();

        long kept = written.toString().split("\n", -1).length - 1;
        assertThat(written).endsWith(" last\n");
        assertThat(problems)
                .containsExactly(
                        "cannot write the access log access.log, lines are lost: java.io.IOException: No space left on"
                                + " device",
                        sent + 1 - kept
                                + " lines of the access log access.log are lost, because it could not be written, or"
                                + " not fast enough");
    }

    /** The disk is full, or the heap, when the last lines are written. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void output_failsAtTheEnd_theLogEndsAllTheSame(boolean error) {
        CountDownLatch closed = new CountDownLatch(1);
        AccessLog.Output full = new AccessLog.Output() {
            @Override
            public void write(ByteArrayOutputStream lines) throws IOException {
                if (error) {
                    throw new OutOfMemoryError("Java heap space");
                }
                throw new IOException("No space left on device");
            }

            @Override
            public void close() {
                closed.countDown();
            }
        };
        AccessLog log = AccessLog.start(AccessLogFormat.COMMON, full, problem -> {
            problems.add(problem);
            if (error && problem.startsWith("cannot write")) {
                throw new OutOfMemoryError("Java heap space");
            }
        });

        log.requestEnded(request("lost"));
        log.close();

        await(closed);
        assertThat(problems)
                .hasSize(2)
                .anyMatch(problem -> problem.startsWith("cannot write the access log "))
                .anyMatch(problem -> problem.startsWith("1 lines of the access log "));
    }
}
