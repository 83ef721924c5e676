// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.wagi.core.Guests;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileGuestLogTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T05:00:00.123Z"), ZoneOffset.UTC);

    @TempDir
    Path directory;

    /** Modules may have names that no directory of Windows has. */
    @ParameterizedTest
    @CsvSource({"hello, hello", "aux, +aux+", "NUL.wasm, +NUL.wasm+", "v1., +v1.+", "com1, +com1+", "com10, com10"})
    void directory_onWindows_isOneThatCanBe(String module, String name) throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            assertThat(FileGuestLog.directory(windows.getPath("C:\\logs"), module))
                    .hasToString("C:\\logs\\" + name);
            assertThat(FileGuestLog.directory(Path.of("logs"), module)).isEqualTo(Path.of("logs", module));
        }
    }

    /** The JDK writes to files of this machine only. */
    @Test
    void directory_ofAnotherFileSystem_isRefused() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path logs = windows.getPath("C:\\logs");

            assertThatThrownBy(() -> new FileGuestLog(logs, 1000, CLOCK))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("directory must be of the default file system, not C:\\logs");
        }
    }

    @Test
    void line_module_goesToItsFile() throws IOException {
        try (FileGuestLog log = new FileGuestLog(directory.resolve("logs"), 1000, CLOCK)) {
            log.line("a", "id1", "first");
            log.line("b", "id2", "other");
            log.line("a", "id3", "second, grüß dich");
        }

        assertThat(directory.resolve("logs/a/module.stderr"))
                .hasContent("2026-11-23T05:00:00.123Z [id1] first\n2026-11-23T05:00:00.123Z [id3] second, grüß dich\n");
        assertThat(directory.resolve("logs/b/module.stderr")).hasContent("2026-11-23T05:00:00.123Z [id2] other\n");
    }

    @Test
    void line_fileIsFull_isRotatedAndTheOldestGoes() throws IOException {
        try (FileGuestLog log = new FileGuestLog(directory, 1, CLOCK)) {
            for (int i = 0; i < 10; i++) {
                log.line("a", "id", "line " + i);
            }
        }

        try (var files = Files.list(directory.resolve("a"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "module.stderr",
                            "module.stderr.1",
                            "module.stderr.2",
                            "module.stderr.3",
                            "module.stderr.4",
                            "module.stderr.5");
        }
        assertThat(Files.readString(directory.resolve("a/module.stderr"))).endsWith("line 9\n");
        assertThat(Files.readString(directory.resolve("a/module.stderr.5"))).endsWith("line 4\n");
    }

    @Test
    void line_cannotBeWritten_isDroppedAndTheNextTried() throws IOException {
        Path blocked = Files.writeString(directory.resolve("a"), "a file where the directory should be");
        try (FileGuestLog log = new FileGuestLog(directory, 1000, CLOCK)) {
            log.line("a", "id", "lost");
            Files.delete(blocked);
            log.line("a", "id", "kept");
        }

        assertThat(Files.readString(directory.resolve("a/module.stderr"))).endsWith("[id] kept\n");
    }

    /** Interruption is how a guest is stopped, and its last words are what one wants to read. */
    @Test
    void line_threadIsInterrupted_isWritten() throws IOException {
        try (FileGuestLog log = new FileGuestLog(directory, 1000, CLOCK)) {
            log.line("a", "id", "before");
            Thread.currentThread().interrupt();
            log.line("a", "id", "last words");
        } finally {
            assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        }

        assertThat(Files.readString(directory.resolve("a/module.stderr"))).endsWith("[id] last words\n");
    }

    @Test
    void logDirectory_guestWritesToStderr_linesCarryTheRequestId() throws IOException {
        String id;
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/log").name("my-log").source(Guests.sample("log")))
                .logDirectory(directory)
                .build()) {
            id = wagi.handle(WagiRequest.get("/log"))
                    .headers()
                    .first("X-Request-Id")
                    .orElseThrow();
        }

        assertThat(Files.readAllLines(directory.resolve("my-log/module.stderr")))
                .hasSize(3)
                .allMatch(line -> line.contains("[" + id + "] log: "));
    }
}
