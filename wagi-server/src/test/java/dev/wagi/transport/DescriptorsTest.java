// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that has no file descriptors left: clients wait, and are served when there are some again. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the limit is set with sh and is Linux's own")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DescriptorsTest {

    @ParameterizedTest
    @ValueSource(strings = {"shared", "own"})
    void noDescriptorsLeft_clientsWait_andAWatchdogIsContent(String threads) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 300; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dwagi.root=" + System.getProperty("wagi.root", ".."),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                threads);
        Process process = builder.redirectErrorStream(true).start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            URI uri = URI.create(await(out, "uri "));
            say(process, "fill");
            await(out, "full");
            try (RawClient client = new RawClient(uri)) {
                client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                if (threads.equals("shared")) {
                    await(out, "connections cannot be accepted");
                }
                say(process, "look");
                assertThat(await(out, "answering ")).isEqualTo("true");
                say(process, "free");

                assertThat(client.read().body()).isEqualTo("hello world\n");
            }
            say(process, "end");
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void say(Process process, String word) throws IOException {
        process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
    }

    /** The rest of the next line that has a text. */
    private static String await(BufferedReader out, String text) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            all.append(line).append('\n');
            int at = line.indexOf(text);
            if (at >= 0) {
                return line.substring(at + text.length());
            }
        }
        throw new AssertionError("no \"" + text + "\" in:\n" + all);
    }

    /** The process. */
    static final class Child {

        private Child() {}

        /** Serves, and does what it is told on standard input. */
        public static void main(String[] arguments) throws Exception {
            List<FileInputStream> files = new ArrayList<>();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            try (IoThreads io = IoThreads.start();
                    Wagi wagi = Guests.hello()) {
                WagiServer.Builder builder = WagiServer.builder(wagi).port(0);
                try (WagiServer server = (arguments[0].equals("shared") ? builder.ioThreads(io) : builder).start()) {
                    try (RawClient client = new RawClient(server.uri())) { // which loads all classes
                        client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                                .readAll();
                    }
                    server.isAnswering(Duration.ofMinutes(1));
                    System.out.println("uri " + server.uri());
                    for (String word = in.readLine(); !word.equals("end"); word = in.readLine()) {
                        switch (word) {
                            case "fill" -> {
                                fill(files);
                                System.out.println("full");
                            }
                            case "look" -> System.out.println("answering " + server.isAnswering(Duration.ofMinutes(1)));
                            default -> {
                                for (FileInputStream file : files) {
                                    file.close();
                                }
                            }
                        }
                    }
                }
            }
        }

        private static void fill(List<FileInputStream> files) {
            try {
                while (true) {
                    files.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                // There are no more.
            }
        }
    }
}
