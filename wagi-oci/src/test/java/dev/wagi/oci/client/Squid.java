// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Debian's squid on a free port of the loopback address. It resolves registry.test to 127.0.0.1. */
final class Squid implements AutoCloseable {

    private static final int TRIES = 5;

    private final Process process;
    private final int port;

    private Squid(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a proxy; the test is skipped if it is not installed.
     *
     * @param access the lines of its configuration for access control
     */
    static Squid start(Path folder, String... access) throws Exception {
        Optional<Path> program = Stream.of("/usr/sbin/squid", "/usr/local/sbin/squid", "/usr/bin/squid")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                program.isPresent(),
                "squid is not installed, so nothing is tried with a real proxy; apt-get install squid");
        // If started by root, it changes to another user.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("hosts"), "127.0.0.1 registry.test\n");
        Files.writeString(folder.resolve("helper.sh"), """
                while read line; do
                  case "$line" in "bob s3cret@x"|"bob s3cret%40x") echo OK;; *) echo ERR;; esac
                done
                """);
        for (int i = 0; i < TRIES; i++) {
            int port = freePort();
            Path configuration = folder.resolve("squid.conf");
            Files.writeString(
                    configuration,
                    String.join(
                                    "\n",
                                    "http_port 127.0.0.1:" + port,
                                    "pid_filename none",
                                    "access_log none",
                                    "cache deny all",
                                    "hosts_file " + folder.resolve("hosts"),
                                    "shutdown_lifetime 0 seconds",
                                    "auth_param basic program /bin/sh " + folder.resolve("helper.sh"),
                                    "acl known proxy_auth REQUIRED",
                                    String.join("\n", access))
                            + "\n");
            Process process = new ProcessBuilder(
                            program.get().toString(),
                            "-N",
                            "-d",
                            "1",
                            "-n",
                            "wagi" + port,
                            "-f",
                            configuration.toString())
                    .redirectErrorStream(true)
                    .start();
            StringBuilder log = new StringBuilder();
            if (listens(process, log)) {
                return new Squid(process, port);
            }
            process.destroyForcibly();
            if (!log.toString().contains("commBind")) {
                return fail("squid does not start: " + log);
            }
            // Another process has taken the port in the meantime.
        }
        return fail("squid finds no port");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** Reads its log until it listens or has ended, and then continues, so that the pipe never fills. */
    private static boolean listens(Process process, StringBuilder seen) throws IOException {
        BufferedReader log =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            seen.append(line).append('\n');
            if (line.contains("Accepting HTTP Socket connections")) {
                ProcessLog.drain(log, "squid-log");
                return true;
            }
        }
        return false;
    }

    /** {@code 127.0.0.1:port}. */
    String name() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        List<ProcessHandle> helpers = process.descendants().toList();
        process.destroyForcibly();
        helpers.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }
}
