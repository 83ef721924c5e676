// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What systemd hears of a service: with a real socket and its own program, and with a program in the place of that one.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no systemd")
class ServiceManagerTest {

    @TempDir
    private Path directory;

    private String configuration(String route) throws IOException {
        Path module = Cli.ROOT.resolve("samples/modules/hello/hello.wasm");
        String toml = "[[module]]\nroute = \"" + route + "\"\nmodule = '" + module + "'\n";
        return Files.writeString(directory.resolve("modules.toml"), toml).toString();
    }

    /** Systemd's side of the socket: a message is a datagram with a variable in each line. */
    private static final class Systemd implements AutoCloseable {
        private final Path directory = Files.createTempDirectory(Path.of("/tmp"), "wagi"); // paths of sockets are short
        private final Path socket = directory.resolve("notify");
        private final Process process;
        private final BufferedReader messages;

        Systemd() throws IOException {
            process = new ProcessBuilder("perl", "-MSocket", "-e", """
                            $| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die;
                            print "listening\\n";
                            while (defined recv($s, my $m, 65536, 0)) { chomp $m; $m =~ s/\\n/|/g; print "$m\\n"; }
                            """, socket.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            messages = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            assertThat(messages.readLine()).isEqualTo("listening");
        }

        /** Returns the next message that has the variable. */
        String await(String assignment) throws IOException {
            List<String> others = new ArrayList<>();
            while (true) {
                String message = messages.readLine();
                if (message == null) {
                    throw new AssertionError("no " + assignment + ": " + others);
                }
                if (List.of(message.split("\\|")).contains(assignment)) {
                    return message;
                }
                others.add(message);
            }
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            Files.deleteIfExists(socket);
            Files.delete(directory);
        }
    }

    private static void assumeInstalled(String program) {
        assumeThat(Stream.of(System.getenv("PATH").split(File.pathSeparator)))
                .as("SKIPPED: " + program + " is not installed")
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
    }

    /** Systemd waits for each of these messages; the test ends by the limit of the build if one does not come. */
    @Test
    void serve_underSystemd_reportsItsWholeLife() throws IOException, InterruptedException {
        assumeInstalled("perl");
        assumeInstalled("systemd-notify");
        String file = configuration("/hello");
        ProcessBuilder command = Cli.command("-c", file, "-l", ":0", "--engine", "interpreter");
        try (Systemd systemd = new Systemd()) {
            command.environment().put("NOTIFY_SOCKET", systemd.socket.toString());
            command.environment().put("WATCHDOG_USEC", "2000000");
            try (Cli.Server server = new Cli.Server(directory, command)) {
                String pid = "MAINPID=" + server.pid();
                String serving = "STATUS=Serving 1 route from " + file + " on " + server.uri();
                assertThat(systemd.await("STATUS=Loading modules")).contains(pid);
                assertThat(systemd.await("READY=1").split("\\|")).containsExactlyInAnyOrder(pid, "READY=1", serving);
                systemd.await("WATCHDOG=1");
                systemd.await("WATCHDOG=1");

                long before = System.nanoTime() / 1000;
                server.hangUp();
                String reloading = systemd.await("RELOADING=1");
                long after = System.nanoTime() / 1000;
                assertThat(reloading).contains("|STATUS=Reloading");
                assertThat(Long.parseLong(reloading.replaceFirst(".*MONOTONIC_USEC=([0-9]+).*", "$1")))
                        .isBetween(before, after);
                assertThat(systemd.await("READY=1")).contains(serving);

                Files.writeString(Path.of(file), "nonsense");
                server.hangUp();
                systemd.await("RELOADING=1");
                assertThat(systemd.await("READY=1"))
                        .contains("STATUS=Not reloaded, see the log. Serving 1 route from " + file);
                systemd.await("WATCHDOG=1");

                server.terminate();
                assertThat(systemd.await("STOPPING=1")).contains("STATUS=Stopping: waiting for requests in flight");
                assertThat(server.await().code()).isZero();
            }
        }
    }

    @Test
    void serve_programOfSystemd_isRunForEachMessage() throws IOException, InterruptedException {
        Path told = directory.resolve("told");
        Path programs = Files.createDirectory(directory.resolve("bin"));
        Path program = Files.writeString(
                programs.resolve("systemd-notify"),
                "#!/bin/sh\nIFS='|'\necho \"$NOTIFY_SOCKET|$*\" >> '" + told + "'\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        String file = configuration("/hello");
        ProcessBuilder command = Cli.command(
                "-c", file, "-l", ":0", "--engine", "interpreter", "--drain", "1", "--admin-listen", "127.0.0.1:0");
        command.environment().put("PATH", programs.toString());
        command.environment().put("NOTIFY_SOCKET", "/run/notify");
        try (Cli.Server server = new Cli.Server(directory, command)) {
            String every = "/run/notify|--pid=" + server.pid() + "|";
            server.terminate();

            assertThat(server.await().code()).isZero();
            assertThat(told)
                    .content()
                    .isEqualTo(
                            every + "STATUS=Loading modules\n" + every + "READY=1|STATUS=Serving 1 route from " + file
                                    + " on " + server.uri() + "\n" + every + "STOPPING=1|STATUS=Draining\n" + every
                                    + "STATUS=Stopping: waiting for requests in flight\n");
        }
    }

    /** Without that, systemd would end a service that serves. */
    @Test
    void serve_readyIsLost_isSaidAgain() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path programs = Files.createDirectory(directory.resolve("bin"));
        Path program =
                Files.writeString(programs.resolve("systemd-notify"), """
                #!/bin/sh
                PATH=/usr/bin:/bin
                case "$*" in *READY=1*) mkdir '%s' 2> /dev/null && exit 1 ;; esac
                echo "$*" > '%s'
                """.formatted(directory.resolve("once"), pipe));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        ProcessBuilder command = Cli.command("-c", configuration("/hello"), "-l", ":0", "--engine", "interpreter");
        command.environment().put("PATH", programs.toString());
        command.environment().put("NOTIFY_SOCKET", "/run/notify");
        Process reader = new ProcessBuilder("sh", "-c", "exec cat <> '" + pipe + "'").start();
        try (BufferedReader told =
                        new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.UTF_8));
                Cli.Server server = new Cli.Server(directory, command)) {
            String message = told.readLine();
            while (message != null && !message.contains(" READY=1 STATUS=Serving 1 route")) {
                message = told.readLine(); // the test's time limit ends this
            }
            assertThat(message).isNotNull();
            assertThat(directory.resolve("once")).as("the first one was lost").isDirectory();
            server.terminate();
            assertThat(server.await().code()).isZero();
        } finally {
            reader.destroyForcibly();
        }
    }

    /** It is reported once, and not at each message. */
    @Test
    void serve_programIsMissing_serves() throws IOException, InterruptedException {
        ProcessBuilder command = Cli.command("-c", configuration("/hello"), "-l", ":0", "--engine", "interpreter");
        command.environment().put("PATH", directory.toString());
        command.environment().put("NOTIFY_SOCKET", "/run/notify");
        try (Cli.Server server = new Cli.Server(directory, command)) {
            server.terminate();

            assertThat(server.await().code()).isZero();
            assertThat(server.stderr().lines().filter(line -> line.contains("systemd")))
                    .singleElement()
                    .asString()
                    .startsWith("wagi: systemd was not notified of STATUS=Loading modules with systemd-notify: ")
                    .endsWith("; install it, or write Type=exec in the service's unit, without WatchdogSec");
        }
    }
}
