// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -b} and what belongs to it, as a process. */
class BindleTest {

    private static final String ID = "example.com/hello/1.0.0";
    private static final String PASSWORD = "s\u00e9same open";

    @TempDir
    private Path directory;

    private byte[] parcel;
    private byte[] invoice;

    @BeforeEach
    void read() throws IOException {
        parcel = Files.readAllBytes(Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        invoice = """
                bindleVersion = "1.0.0"
                [bindle]
                name = "example.com/hello"
                version = "1.0.0"
                [[parcel]]
                label.sha256 = "%s"
                label.mediaType = "application/wasm"
                label.name = "hello.wasm"
                label.feature.wagi.route = "/bindle/..."
                """.formatted(sha256(parcel)).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void bindle_inADirectory_isServed() throws IOException {
        Path bindle = directory.resolve(sha256(ID.getBytes(StandardCharsets.UTF_8)));
        Files.createDirectories(bindle.resolve("parcels"));
        Files.write(bindle.resolve("invoice.toml"), invoice);
        Files.write(bindle.resolve("parcels").resolve(sha256(parcel) + ".dat"), parcel);

        Cli.Result alone = Cli.run("request", "-b", ID, "--bindle-path", directory.toString(), "-s", "/bindle/x");
        Cli.Result both = Cli.run("check", "-c", Cli.SAMPLES, "-b", ID, "--bindle-path", directory.toString());

        assertThat(alone.stderr()).isEmpty();
        assertThat(alone.text()).isEqualTo("hello world\n");
        assertThat(both.stderr()).isEmpty();
        assertThat(both.text().strip()).isEqualTo(Cli.SAMPLES + " and bindle " + ID + ": 6 modules, ok");
    }

    @Test
    void bindle_onAServer_isServedWithCredentialsOfTheEnvironment() throws IOException {
        Set<String> credentials = ConcurrentHashMap.newKeySet();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/_i/" + ID, exchange -> {
            credentials.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] body = exchange.getRequestURI().getPath().endsWith(ID) ? invoice : parcel;
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
            ProcessBuilder command = Cli.command("request", "-b", ID, "-s", "/bindle");
            command.environment().put("BINDLE_URL", url);
            command.environment().put("BINDLE_HTTP_USER", "ann");
            command.environment().put("BINDLE_HTTP_PASSWORD", "open");

            Cli.Result result = Cli.finish(Cli.start(command), new byte[0]);

            assertThat(result.stderr()).isEmpty();
            assertThat(result.text()).isEqualTo("hello world\n");
            assertThat(credentials)
                    .containsExactly(
                            "Basic " + Base64.getEncoder().encodeToString("ann:open".getBytes(StandardCharsets.UTF_8)));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void bindle_unreachable_isAnErrorWithoutSecrets() {
        Cli.Result result = Cli.run(
                "check",
                "-v",
                "-b",
                ID,
                "--bindle-url",
                "http://bindle.invalid/v1",
                "--bindle-http-user",
                "ann",
                "--bindle-http-password",
                PASSWORD);

        assertThat(result.stderr()).contains("wagi: bindle " + ID).doesNotContain(PASSWORD);
        assertThat(result.code()).isEqualTo(1);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
