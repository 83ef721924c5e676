// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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

    /** 100 MiB are within the module's own limit, and more than all guests of such a JVM may have. */
    @Test
    void serve_guestIsRefusedMemory_theLogNamesTheRemedy() throws Exception {
        Files.writeString(directory.resolve("grows.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 16) "Content-Type: text/plain\\n\\nno memory")
                  (func (export "_start")
                    (i32.store (i32.const 0) (i32.const 16))
                    (i32.store (i32.const 4) (i32.const 35))
                    (if (i32.eq (memory.grow (i32.const 1600)) (i32.const -1))
                      (then (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))))
                """);
        Path configuration = directory.resolve("modules.toml");
        Files.writeString(configuration, "[[module]]\nroute = \"/\"\nname = \"grows\"\nmodule = \"grows.wat\"\n");
        ProcessBuilder builder = Cli.command("serve", "-c", configuration.toString(), "-l", ":0");
        builder.command().add(1, "-Xmx96m");
        try (Cli.Server server = new Cli.Server(directory, builder)) {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(server.uri() + "/")).build(), BodyHandlers.ofString());

            assertThat(answer.body()).isEqualTo("no memory");
            server.terminate();
            assertThat(server.await().stderr())
                    .contains(
                            "guest 'grows'",
                            "was refused 104857600 bytes of memory: guests have taken half of the JVM's heap, or the heap"
                                    + " is full; raise -Xmx, or lower max_memory or max_concurrency");
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
