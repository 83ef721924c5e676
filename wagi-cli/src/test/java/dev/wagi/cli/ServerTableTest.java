// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table {@code [server]}: it is an option of {@code wagi serve} that is written to the configuration. */
class ServerTableTest {

    private static final String FILES = "[[static]]\nroute = \"/...\"\npath = \".\"\n";

    @TempDir
    Path directory;

    private String configuration(String server) throws IOException {
        return Files.writeString(directory.resolve("modules.toml"), FILES + "[server]\n" + server)
                .toString();
    }

    /** Found by {@code wagi check}, and by {@code wagi serve} before it opens anything. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            listen = 'x'                  | listen: "x" is not HOST:PORT; write for instance "127.0.0.1:3000",
            listen = 'inherited'          | listen: "inherited" is not HOST:PORT; write for instance
            listen = '127.0.0.1:70000'    | listen: "127.0.0.1:70000" has a port above 65535
            admin_listen = 'nowhere'      | admin_listen: "nowhere" is not HOST:PORT; write for instance
            tls_cert = 'a.pem'            | tls_cert: needs tls_key; name the files of both, or neither
            tls_key = 'a.pem'             | tls_key: needs tls_cert; name the files of both, or neither
            drain = '1s'                  | drain: needs admin_listen, whose /readyz says that the server stops; write
            console = 'off'               | console: needs admin_listen; write for instance admin_listen = "127.0.0.1:9090"
            access_log = ''               | access_log: "" is empty; name a file or a directory, or leave the key out
            access_log_format = 'json'    | access_log_format: needs access_log; name a file, or "-" for standard output
            """)
    void wrongValue_isAProblem(String server, String problem) throws IOException {
        String file = configuration(server);
        int colon = problem.indexOf(':');
        String message =
                "wagi: " + file + ", server, key '" + problem.substring(0, colon) + "'" + problem.substring(colon);

        for (String command : new String[] {"check", "serve"}) {
            Cli.Result result = Cli.run(command, "-c", file);

            assertThat(result.stderr()).startsWith(message);
            assertThat(result.code()).isEqualTo(1);
        }
    }

    @Test
    void wrongFormatOfTheAccessLog_isAProblem() throws IOException {
        String file = configuration("access_log = '-'\naccess_log_format = 'xml'\n");

        assertThat(Cli.run("check", "-c", file).stderr())
                .isEqualTo("wagi: " + file
                        + ", server, key 'access_log_format': \"xml\" is neither common, combined nor json\n");
    }

    @Test
    void wrongModeOfTheConsole_isAProblem() throws IOException {
        String file = configuration("admin_listen = ':0'\nconsole = 'on'\n");

        assertThat(Cli.run("check", "-c", file).stderr())
                .isEqualTo("wagi: " + file + ", server, key 'console': \"on\" is neither off, read-only nor full\n");
    }

    @Test
    void check_reportsProblemsOfTheTableAndOfTheRest() throws IOException {
        String file = configuration("listen = 'x'\nlistn = 'y'\n");

        assertThat(Cli.run("check", "-c", file).stderr().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("key 'listen': \"x\" is not HOST:PORT"))
                .anyMatch(line -> line.contains("key 'listn': is unknown; did you mean 'listen'?"));
    }

    @Test
    void serve_followsTheTable() throws Exception {
        Files.writeString(directory.resolve("hello.txt"), "hello");
        String file = configuration("""
                listen = '127.0.0.1:0'
                admin_listen = '127.0.0.1:0'
                console = 'read-only'
                access_log = 'access.log'
                access_log_format = 'json'
                grace = '5s'
                header_timeout = '60s'
                max_connections = 100
                max_connections_per_address = 50
                idle_timeout = '50s'
                max_request_header_bytes = '32KiB'
                """);
        try (Cli.Server server = new Cli.Server(directory, "-c", file)) {
            assertThat(get(server.uri() + "/hello.txt")).isEqualTo("hello");
            assertThat(get(server.uri() + "/hello.txt?" + "x".repeat(20 << 10))).isEqualTo("hello");
            assertThat(get(server.uri() + "/hello.txt?" + "x".repeat(40 << 10))).startsWith("URI Too Long");
            String prefix = "Metrics and health: ";
            String admin = server.stderr()
                    .lines()
                    .filter(line -> line.startsWith(prefix))
                    .findFirst()
                    .orElseThrow()
                    .substring(prefix.length());
            assertThat(get(admin + "/readyz")).isNotEmpty();
            assertThat(get(admin + "/")).contains("<code>/...</code>").doesNotContain("<form");
            server.terminate();
            assertThat(server.await().code()).isZero();
        }
        assertThat(Files.readString(directory.resolve("access.log"))).contains("\"outcome\":\"file\"", "/hello.txt");
    }

    /** What is on the command line counts, also if the table has another address that cannot be used. */
    @Test
    void serve_optionCountsForMore() throws Exception {
        Files.writeString(directory.resolve("hello.txt"), "hello");
        String file = configuration("listen = '192.0.2.1:1'\naccess_log = 'absent/access.log'\n");
        Path log = directory.resolve("other.log");
        try (Cli.Server server = new Cli.Server(directory, "-c", file, "-l", ":0", "--access-log", log.toString())) {
            assertThat(get(server.uri() + "/hello.txt")).isEqualTo("hello");
            server.terminate();
            assertThat(server.await().code()).isZero();
        }
        assertThat(log).isNotEmptyFile();
    }

    /** A Unix domain socket has no port that a URL could name. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "paths of temporary directories are too long")
    void serve_unixSocket_hasThePortOfTheScheme() throws Exception {
        Path sockets = Files.createTempDirectory(Path.of("/tmp"), "wagi"); // short enough for the path of a socket
        Path socket = sockets.resolve("wagi.sock");
        String file = Files.writeString(
                        directory.resolve("modules.toml"),
                        "[server]\nlisten = 'unix:" + socket + "'\n[[module]]\nroute = '/env'\nmodule = '"
                                + Cli.ROOT.resolve("samples/modules/env/env.wasm") + "'\n")
                .toString();
        try (Cli.Server server = new Cli.Server(directory, "-c", file, "--engine", "interpreter");
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(server.uri()).isEqualTo("unix:" + socket);
            client.write(ByteBuffer.wrap("GET /env HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1)));

            assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.ISO_8859_1))
                    .contains("\nSERVER_NAME=h.example\n", "\nSERVER_PORT=80\n");
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(sockets);
        }
    }

    private static String get(String uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
