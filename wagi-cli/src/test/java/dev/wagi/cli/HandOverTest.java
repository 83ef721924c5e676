// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One process takes the port over from another, while clients send requests. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "other systems do not give connections to both")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HandOverTest {

    @TempDir
    private Path directory;

    private String configuration() throws IOException {
        Path file = directory.resolve("modules.toml");
        Path hello = Cli.ROOT.resolve("samples/modules/hello/hello.wasm");
        Files.writeString(
                file, "[server]\nreuse_port = true\n\n[[module]]\nroute = \"/hello\"\nmodule = '" + hello + "'\n");
        return file.toString();
    }

    /**
     * The system may lose what connects in the microseconds in which the old one closes its socket; see operations.md.
     */
    @Test
    void reusePort_oldProcessEnds_nothingIsRefusedOrBrokenOff() throws Exception {
        try (Cli.Server old = new Cli.Server(directory, "-c", configuration(), "-l", ":0", "--engine", "interpreter");
                Load load = new Load(old.port())) {
            load.awaitMore();
            try (Cli.Server successor = new Cli.Server(
                    directory, "-c", configuration(), "-l", ":" + old.port(), "--engine", "interpreter")) {
                assertThat(successor.port()).isEqualTo(old.port());
                load.awaitMore();

                old.terminate();

                assertThat(old.await().code()).isZero();
                load.awaitMore();
                load.finish();
                assertThat(load.failures()).allMatch(each -> each.equals(Load.LOST));
                assertThat(load.failures().size()).as("of " + load.served()).isLessThan(Load.CLIENTS * 2);
                successor.terminate();
                assertThat(successor.await().code()).isZero();
            }
        }
    }

    /** What asks there, hears of the process that serves. */
    @Test
    void reusePort_adminListen_isLeftToTheSuccessor() throws Exception {
        String[] both = {"-c", configuration(), "-l", ":0", "--engine", "interpreter", "--admin-listen"};
        try (Cli.Server old = new Cli.Server(directory, with(both, ":0", "--drain", "999999999"))) {
            int port = old.admin().getPort();
            HttpClient keeps = HttpClient.newHttpClient(); // the connection to the old one, unless that closes it
            assertThat(status(keeps, old)).isEqualTo(200);
            assertThat(status(old)).isEqualTo(200);
            try (Cli.Server successor = new Cli.Server(directory, with(both, ":" + port))) {
                assertThat(successor.admin()).isEqualTo(old.admin());

                old.terminate();

                int good = 0;
                while (good < 100) {
                    boolean left = old.stderr().contains("Draining: ");
                    try {
                        boolean ready = status(old) == 200 && status(keeps, old) == 200;
                        good = ready && left ? good + 1 : 0;
                    } catch (IOException e) {
                        good = 0; // the old one's socket was about to be closed
                    }
                }
                successor.terminate();
                assertThat(successor.await().code()).isZero();
            }
        }
    }

    private static int status(HttpClient client, Cli.Server server) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(server.admin().resolve("/readyz"))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }

    /** On a new connection. */
    private static int status(Cli.Server server) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) server.admin().resolve("/readyz").toURL().openConnection();
        connection.setRequestProperty("Connection", "close");
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    @Test
    void reusePort_adminPortOfAProgramThatDoesNotShare_isReportedBeforeModulesAreLoaded() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            Cli.Result result =
                    Cli.run("-c", configuration(), "-l", ":0", "--admin-listen", ":" + other.getLocalPort());

            assertThat(result.stderr().lines())
                    .singleElement()
                    .asString()
                    .startsWith("wagi: Cannot serve on 127.0.0.1:" + other.getLocalPort()
                            + ": the port is in use, and not by a server of this user that shares it.");
            assertThat(result.code()).isEqualTo(1);
        }
    }

    /** As systemd restarts a service whose socket it keeps. */
    @Test
    void inheritedSocket_processIsStartedAgain_noRequestFails() throws Exception {
        Assumptions.assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v perl").start().waitFor() == 0,
                "SKIPPED: a listening socket is handed over by perl, which is missing");
        Path file = Path.of(configuration());
        Files.writeString(file, Files.readString(file).replace("reuse_port = true", "reuse_port = false"));
        List<String> command = new ArrayList<>(List.of("perl", "-MSocket", "-e", """
                socket(my $s, PF_INET, SOCK_STREAM, 0) or die; bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die;
                listen($s, 4096) or die; open(STDIN, '<&', $s) or die; system @ARGV for 1, 2;
                """, "--"));
        command.addAll(Cli.command("-c", file.toString(), "-l", "inherited", "--engine", "interpreter")
                .command());
        try (Cli.Server supervisor = new Cli.Server(directory, new ProcessBuilder(command));
                Load load = new Load(supervisor.port())) {
            load.awaitMore();
            ProcessHandle first = child(supervisor);

            first.destroy();

            first.onExit().get();
            load.awaitMore(); // of the second one
            load.finish();
            // A process that has no processor for a second cannot read what it has accepted.
            assertThat(load.failures()).allMatch(each -> each.equals(Load.LOST));
            assertThat(load.failures().size()).as("of " + load.served()).isLessThan(Load.CLIENTS);
            assertThat(load.served()).isPositive();
            child(supervisor).destroy();
            supervisor.await();
        }
    }

    private static ProcessHandle child(Cli.Server supervisor) {
        return ProcessHandle.of(supervisor.pid())
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow();
    }

    @Test
    void reusePort_portOfAProgramThatDoesNotShare_isReportedBeforeModulesAreLoaded() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            Cli.Result result = Cli.run("-c", configuration(), "-l", ":" + other.getLocalPort());

            assertThat(result.stderr().lines())
                    .containsExactly("wagi: Cannot serve on 127.0.0.1:" + other.getLocalPort()
                            + ": the port is in use, and not by a server of this user that shares it. Stop what uses it, or"
                            + " choose another port; 0 takes any free one.");
            assertThat(result.code()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:3999, 127.0.0.1:3999", "0.0.0.0:3999, 127.0.0.1:3999", "localhost:3999, 0.0.0.0:3999"})
    void reusePort_adminPortIsThatOfTheModules_isAUsageError(String listen, String admin) throws IOException {
        Cli.Result result = Cli.run("-c", configuration(), "-l", listen, "--admin-listen", admin);

        assertThat(result.stderr())
                .startsWith("wagi: --admin-listen " + admin + " has the port of the modules, " + listen
                        + ", and with --reuse-port each would get connections of the other; write another port");
        assertThat(result.code()).isEqualTo(2);
    }

    @Test
    void reusePort_unixSocket_isAUsageError() throws IOException {
        Cli.Result result = Cli.run("-c", configuration(), "-l", "unix:" + directory.resolve("s"));

        assertThat(result.stderr())
                .startsWith("wagi: --reuse-port needs a port, and --listen is unix:" + directory.resolve("s")
                        + "; write HOST:PORT, or leave --reuse-port out: an inherited socket can be shared as it is");
        assertThat(result.code()).isEqualTo(2);
    }
}
