// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A heap that something takes in spite of all bounds. */
@Timeout(240)
class HeapTest {

    @TempDir
    Path directory;

    @Test
    void serve_heapIsExhaustedForGood_endsWithAMessage() throws Exception {
        Path stderr = directory.resolve("stderr");
        Process process = command().redirectError(stderr.toFile()).start();
        try (OutputStream in = process.getOutputStream()) {
            assertThat(process.inputReader().readLine()).startsWith("Ready");
            in.write('f');
            in.flush();

            assertThat(process.waitFor()).isEqualTo(3);
            assertThat(Files.readString(stderr)).contains("wagi: the heap is exhausted and does not recover");
        } finally {
            process.destroyForcibly();
        }
    }

    private static ProcessBuilder command() {
        ProcessBuilder builder = Cli.command("serve", "-c", Cli.SAMPLES, "-l", "127.0.0.1:0");
        List<String> words = builder.command();
        words.set(words.indexOf("dev.wagi.cli.Main"), FullHeap.class.getName());
        words.add(1, "-Xmx96m");
        return builder;
    }
}
