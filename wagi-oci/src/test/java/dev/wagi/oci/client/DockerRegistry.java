// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Debian's docker-registry on a free port of the loopback address, with its own configuration and directory. */
final class DockerRegistry implements AutoCloseable {

    static final String USER = "wagi";
    static final String PASSWORD = "pass:word";

    /** The same password from {@code htpasswd -Bbn}, because the registry supports only bcrypt. */
    private static final String HTPASSWD = "wagi:$2y$05$um91lPQei9FWNagXuB0bzuKv/FBMObH3ev3uGbyNnC./LKSJaJaUO\n";

    private static final int TRIES = 5;

    private final Process process;
    private final String name;
    private final Path folder;

    private DockerRegistry(Process process, String name, Path folder) {
        this.process = process;
        this.name = name;
        this.folder = folder;
    }

    /** The configuration of the registry. */
    record Setup(boolean authenticates, boolean tls, Optional<String> redirect) {}

    /** Starts a registry; the test is skipped if it is not installed. */
    static DockerRegistry start(Path folder, Setup setup) throws Exception {
        Optional<Path> program = program("docker-registry");
        assumeTrue(
                program.isPresent(),
                "docker-registry is not installed, so nothing is tried with a real registry; apt-get install"
                        + " docker-registry");
        if (setup.tls()) {
            Certificate.write(folder);
        }
        Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
        for (int i = 0; i < TRIES; i++) {
            int port = freePort();
            Files.writeString(folder.resolve("config.yml"), configuration(folder, port, setup));
            Process process = new ProcessBuilder(
                            program.get().toString(),
                            "serve",
                            folder.resolve("config.yml").toString())
                    .redirectErrorStream(true)
                    .start();
            if (listens(process)) {
                return new DockerRegistry(process, "127.0.0.1:" + port, folder);
            }
            // Another process has taken the port in the meantime.
            process.destroyForcibly();
        }
        return fail("docker-registry does not start");
    }

    static Optional<Path> program(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static String configuration(Path folder, int port, Setup setup) {
        List<String> lines = new ArrayList<>(List.of(
                "version: 0.1",
                "log: {level: info}",
                "storage:",
                "  filesystem: {rootdirectory: " + folder.resolve("data") + "}",
                "  delete: {enabled: true}",
                "http:",
                "  addr: 127.0.0.1:" + port,
                "  secret: of-a-test"));
        if (setup.tls()) {
            lines.add(
                    "  tls: {certificate: " + folder.resolve("cert.pem") + ", key: " + folder.resolve("key.pem") + "}");
        }
        if (setup.authenticates()) {
            lines.add("auth:");
            lines.add("  htpasswd: {realm: basic-realm, path: " + folder.resolve("htpasswd") + "}");
        }
        setup.redirect().ifPresent(url -> {
            lines.add("middleware:");
            lines.add("  storage:");
            lines.add("    - name: redirect");
            lines.add("      options: {baseurl: " + url + "}");
        });
        return String.join("\n", lines) + "\n";
    }

    /** Reads its log until it listens or has ended, and then continues, so that the pipe never fills. */
    private static boolean listens(Process process) throws IOException {
        BufferedReader log =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            if (line.contains("listening on ")) {
                ProcessLog.drain(log, "docker-registry-log");
                return true;
            }
        }
        return false;
    }

    /** {@code 127.0.0.1:port}. */
    String name() {
        return name;
    }

    Path certificate() {
        return folder.resolve("cert.pem");
    }

    /** Returns the directory of its blobs. */
    Path data() {
        return folder.resolve("data");
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
