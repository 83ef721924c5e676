// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs the command as users do: in a JVM of its own. */
final class Cli {

    /** The root of the repository. */
    static final Path ROOT =
            Path.of(System.getProperty("wagi.root", "..")).toAbsolutePath().normalize();

    static final String SAMPLES = ROOT.resolve("samples/modules.toml").toString();

    private static final long PATIENCE_SECONDS = 300;

    private static final Path CACHES = temporaryDirectory();

    private Cli() {}

    /** What a process left. */
    record Result(int code, byte[] stdout, String stderr) {
        String text() {
            return new String(stdout, StandardCharsets.UTF_8);
        }
    }

    /** Runs the command to its end. */
    static Result run(String... args) {
        return run(new byte[0], args);
    }

    /** Runs the command to its end. */
    static Result run(byte[] stdin, String... args) {
        return finish(start(command(args)), stdin);
    }

    private static Path temporaryDirectory() {
        try {
            Path directory = Files.createTempDirectory("wagi-cli-test");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException e) {
            // It is a temporary one.
        }
    }

    /** The resource of that name, a text that was looked at and found good. */
    static String golden(String name) {
        try (InputStream in = Cli.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ProcessBuilder command(String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // a short life
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.wagi.cli.Main"));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        // Not the developer's; the same for all tests, so most find their modules compiled.
        builder.environment().put("XDG_CACHE_HOME", CACHES.toString());
        return builder;
    }

    static Process start(ProcessBuilder command) {
        try {
            return command.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Result finish(Process process, byte[] stdin) {
        CompletableFuture<byte[]> stdout = readAll(process.getInputStream());
        CompletableFuture<byte[]> stderr = readAll(process.getErrorStream());
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(stdin);
            } catch (IOException e) {
                // It did not want to read it.
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the process does not end");
            }
            return new Result(process.exitValue(), stdout.join(), new String(stderr.join(), StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Sends SIGHUP, unless this build was started so that its processes ignore it, for instance with nohup. */
    static void hangUp(Process process) throws IOException, InterruptedException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (Files.exists(status)) {
            assumeThat(Files.readAllLines(status))
                    .as("a mask of ignored signals without SIGHUP, the lowest bit")
                    .noneMatch(line -> line.matches("SigIgn:.*[13579bdf]"));
        }
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    private static CompletableFuture<byte[]> readAll(InputStream in) {
        return CompletableFuture.supplyAsync(() -> {
            try (in) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A server that runs until it is closed. */
    static final class Server implements AutoCloseable {
        /** Also in an event of JSON. */
        private static final Pattern READY = Pattern.compile(".*Ready: serving on ([^\"]+).*");

        private final Process process;
        private final BufferedReader stdout;
        private final Path stderr;
        private final String uri;

        /** Starts {@code wagi} with the arguments and waits until it is ready. */
        Server(Path directory, String... args) throws IOException {
            this(directory, command(args));
        }

        /** Starts the command and waits until it is ready. */
        Server(Path directory, ProcessBuilder command) throws IOException {
            stderr = Files.createTempFile(directory, "stderr", ".txt");
            process = command.redirectError(stderr.toFile()).start();
            stdout = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line = stdout.readLine();
            Matcher ready = READY.matcher(String.valueOf(line));
            if (!ready.matches()) {
                process.destroyForcibly();
                throw new AssertionError("not ready: " + line + "\n" + stderr());
            }
            uri = ready.group(1);
        }

        String uri() {
            return uri;
        }

        int port() {
            return Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
        }

        /** Where it says that its metrics are; it says so before it is ready. */
        URI admin() {
            String prefix = "Metrics and health: ";
            return URI.create(stderr().lines()
                    .filter(line -> line.startsWith(prefix))
                    .findFirst()
                    .orElseThrow()
                    .substring(prefix.length()));
        }

        String stderr() {
            try {
                return Files.readString(stderr);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        long pid() {
            return process.pid();
        }

        void hangUp() throws IOException, InterruptedException {
            Cli.hangUp(process);
        }

        /** Sends SIGTERM. */
        void terminate() {
            process.toHandle().destroy(); // Process.destroy also closes the streams
        }

        /** Waits for the end; what was printed on standard output after the first line, and the exit code. */
        Result await() throws IOException, InterruptedException {
            StringBuilder rest = new StringBuilder();
            for (String line = stdout.readLine(); line != null; line = stdout.readLine()) {
                rest.append(line).append('\n');
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the server does not end");
            }
            return new Result(process.exitValue(), rest.toString().getBytes(StandardCharsets.UTF_8), stderr());
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
