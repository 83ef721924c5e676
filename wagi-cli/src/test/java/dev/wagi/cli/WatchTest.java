// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code wagi serve --watch} as a process: files change, and what is served with them. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs SIGTERM and symbolic links")
class WatchTest {

    private static final Path MODULES = Cli.ROOT.resolve("samples/modules");

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    /** A server whose output, all of it, is read line by line. */
    private static final class Watching implements AutoCloseable {
        private static final String READY = "Ready: serving on ";

        private final Process process;
        private final BufferedReader out;
        private final String uri;

        /** With {@code --watch}. */
        Watching(String... args) throws IOException {
            this(Stream.concat(Stream.of("--watch"), Stream.of(args)));
        }

        /** Without {@code --watch}. */
        static Watching of(String... args) throws IOException {
            return new Watching(Stream.of(args));
        }

        private Watching(Stream<String> args) throws IOException {
            List<String> all = new ArrayList<>(List.of("serve", "-l", ":0", "--engine", "interpreter"));
            args.forEach(all::add);
            process = Cli.command(all.toArray(String[]::new))
                    .redirectErrorStream(true)
                    .start();
            out = process.inputReader(StandardCharsets.UTF_8);
            List<String> lines = until(READY);
            uri = lines.get(lines.size() - 1).substring(READY.length());
        }

        /** The lines up to one that begins with the text. */
        List<String> until(String beginning) throws IOException {
            List<String> lines = new ArrayList<>();
            while (lines.isEmpty() || !lines.get(lines.size() - 1).startsWith(beginning)) {
                String line = out.readLine();
                if (line == null) {
                    throw new AssertionError("ended without \"" + beginning + "\": " + lines);
                }
                lines.add(line);
            }
            return lines;
        }

        void hangUp() throws IOException, InterruptedException {
            Cli.hangUp(process);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Also without --watch: the configuration and the environment are read again, and one mistake ends nothing. */
    @Test
    void hangup_reloads() throws IOException, InterruptedException {
        Path file = write(
                "modules.toml", module("/a", MODULES.resolve("hello/hello.wasm").toString()));
        try (Watching server = Watching.of("-c", file.toString())) {
            write(
                    "modules.toml",
                    module("/b", MODULES.resolve("hello/hello.wasm").toString()));
            server.hangUp();
            assertThat(server.until("Reloaded")).containsExactly("SIGHUP: reloading", "Reloaded: 1 route from " + file);
            assertThat(get(server, "/a").statusCode()).isEqualTo(404);
            assertThat(get(server, "/b").body()).isEqualTo("hello world\n");

            write("modules.toml", "nonsense");
            server.hangUp();
            assertThat(server.until("Not reloaded")).hasSize(2);
            assertThat(get(server, "/b").body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void watch_configurationAndModules_areReloaded() throws IOException, InterruptedException {
        Path module = directory.resolve("m.wasm");
        Files.copy(MODULES.resolve("hello/hello.wasm"), module);
        Path file = write("modules.toml", module("/a", "m.wasm"));
        String from = " from " + file;
        try (Watching server = new Watching("-c", file.toString())) {
            assertThat(get(server, "/a").body()).isEqualTo("hello world\n");
            assertThat(get(server, "/b").statusCode()).isEqualTo(404);

            // The same module at another route: nothing is loaded again.
            write("modules.toml", module("/a", "m.wasm") + module("/b", "m.wasm"));
            assertThat(server.until("Reloaded")).containsExactly("Reloaded: 2 routes" + from);
            assertThat(get(server, "/b").body()).isEqualTo("hello world\n");

            // An editor's way to save, and two mistakes.
            write("modules.toml.tmp", module("b", "m.wasm") + "entrypiont = \"x\"\n");
            replace("modules.toml.tmp", "modules.toml");
            List<String> mistakes = new ArrayList<>(server.until("Not reloaded"));
            mistakes.addAll(server.until("Not reloaded"));
            assertThat(mistakes)
                    .containsExactly(
                            "Not reloaded: " + file
                                    + ", module 1, key 'entrypiont': is unknown; did you mean 'entrypoint'?",
                            "Not reloaded: " + file
                                    + ", module 1, key 'route': \"b\" does not start with '/'; write \"/b\"");
            assertThat(get(server, "/b").body()).isEqualTo("hello world\n");

            // A module that comes later than its route.
            write("modules.toml", module("/c", "new/c.wasm"));
            assertThat(server.until("Not reloaded"))
                    .singleElement()
                    .asString()
                    .startsWith("Not reloaded: " + file + ", module 1, key 'module': there is no file "
                            + directory.resolve("new/c.wasm"));
            assertThat(get(server, "/a").body()).isEqualTo("hello world\n");
            Files.createDirectory(directory.resolve("new"));
            Files.copy(MODULES.resolve("hello/hello.wasm"), directory.resolve("new/c.wasm.tmp"));
            replace("new/c.wasm.tmp", "new/c.wasm");
            assertThat(server.until("Reloaded")).containsExactly("Reloaded: 1 route" + from);
            assertThat(get(server, "/c").body()).isEqualTo("hello world\n");
            assertThat(get(server, "/a").statusCode()).isEqualTo(404);

            // Another module in its place.
            Files.copy(MODULES.resolve("log/log.wasm"), directory.resolve("new/c.wasm.tmp"));
            replace("new/c.wasm.tmp", "new/c.wasm");
            assertThat(server.until("Reloaded"))
                    .hasSize(2)
                    .first()
                    .asString()
                    .matches("loaded .*/new/c\\.wasm in [0-9]+\\.[0-9]{2} s");
            assertThat(get(server, "/c").body()).isNotEqualTo("hello world\n");

            // No configuration at all, for a moment.
            Files.delete(file);
            assertThat(server.until("Not reloaded"))
                    .last()
                    .isEqualTo("Not reloaded: " + file + ": there is no such file; check the path given with -c");
            write("modules.toml", module("/d", "m.wasm"));
            assertThat(server.until("Reloaded")).last().isEqualTo("Reloaded: 1 route" + from);

            server.process.toHandle().destroy();
            assertThat(server.until("Stopping")).containsExactly("Stopping: waiting for requests in flight");
            assertThat(server.out.readLine()).isNull();
            assertThat(server.process.waitFor()).isZero();
        }
    }

    @Test
    void keepGoing_moduleThatIsMissing_answers503UntilItIsThere() throws IOException, InterruptedException {
        Files.copy(MODULES.resolve("hello/hello.wasm"), directory.resolve("m.wasm"));
        Path file = write("modules.toml", module("/a", "m.wasm") + module("/b", "later.wasm"));
        try (Watching server = new Watching("-c", file.toString(), "--keep-going")) {
            assertThat(get(server, "/a").body()).isEqualTo("hello world\n");
            HttpResponse<String> missing = get(server, "/b");
            assertThat(missing.statusCode()).isEqualTo(503);
            assertThat(missing.headers().firstValue("Retry-After")).hasValue("60");

            Files.copy(MODULES.resolve("hello/hello.wasm"), directory.resolve("later.wasm.tmp"));
            replace("later.wasm.tmp", "later.wasm");
            server.until("Reloaded");
            assertThat(get(server, "/b").body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void watch_linkedDirectoryAndVariables_areReloaded() throws IOException, InterruptedException {
        version("v1", "/one", "A = 1\nB = 1\n");
        version("v2", "/two", "A = 2\nB = 2\n");
        Files.createSymbolicLink(directory.resolve("data"), Path.of("v1"));
        String file = directory.resolve("data/modules.toml").toString();
        String variables = directory.resolve("data/my.env").toString();
        try (Watching server = new Watching("-c", file, "--env-file", variables, "-e", "B=3", "C=a=b c")) {
            assertThat(get(server, "/one").body().lines()).contains("A=1", "B=3", "C=a=b c");

            Files.createSymbolicLink(directory.resolve("data.tmp"), Path.of("v2"));
            replace("data.tmp", "data");
            assertThat(server.until("Reloaded")).containsExactly("Reloaded: 1 route from " + file);
            assertThat(get(server, "/one").statusCode()).isEqualTo(404);
            assertThat(get(server, "/two").body().lines()).contains("A=2", "B=3", "C=a=b c");

            write("v2/my.env", "A = 'secret\n");
            assertThat(server.until("Not reloaded"))
                    .containsExactly(
                            "Not reloaded: " + variables + ", line 1: has no closing quote; a value ends on its"
                                    + " line, and in double quotes \\n is a line break");
            assertThat(get(server, "/two").body().lines()).contains("A=2");

            write("v2/my.env", "D = 'secret'\n");
            assertThat(server.until("Reloaded")).containsExactly("Reloaded: 1 route from " + file);
            assertThat(get(server, "/two").body().lines())
                    .contains("D=secret", "B=3", "C=a=b c")
                    .noneMatch(line -> line.startsWith("A="));
        }
    }

    private void version(String name, String route, String variables) throws IOException {
        Files.createDirectory(directory.resolve(name));
        Files.copy(MODULES.resolve("env/env.wasm"), directory.resolve(name + "/env.wasm"));
        write(name + "/modules.toml", module(route, "env.wasm"));
        write(name + "/my.env", variables);
    }

    private static String module(String route, String module) {
        return "[[module]]\nroute = \"" + route + "\"\nmodule = \"" + module + "\"\n";
    }

    /** At once: a file that is written in place may be read half. FileWatchTest has those. */
    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Path aside = Files.writeString(file.resolveSibling(file.getFileName() + ".aside"), text);
        return Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void replace(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    private HttpResponse<String> get(Watching server, String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.uri + path)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
