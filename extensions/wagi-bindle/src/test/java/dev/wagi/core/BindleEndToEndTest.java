// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.bindle.BindleSource;
import dev.wagi.bindle.Bindles;
import dev.wagi.core.api.WagiRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BindleEndToEndTest {
    @Test
    void bindle_ofADirectory_isServed(@TempDir Path directory) throws Exception {
        byte[] code = Files.readAllBytes(Guests.sample("hello"));
        Path bindle = directory.resolve(sha("a/1.0.0".getBytes()));
        Files.createDirectories(bindle.resolve("parcels"));
        Files.write(bindle.resolve("parcels/" + sha(code) + ".dat"), code);
        Files.writeString(bindle.resolve("invoice.toml"), """
                bindleVersion = "1.0.0"
                [bindle]
                name = "a"
                version = "1.0.0"
                [[parcel]]
                label.sha256 = "%s"
                label.mediaType = "application/wasm"
                label.name = "hello.wasm"
                label.size = %d
                label.feature.wagi.route = "/b"
                """.formatted(sha(code), code.length));
        Path toml = Files.writeString(
                directory.resolve("modules.toml"), "[[module]]\nroute = \"/m\"\nmodule = \"bindle:a/1.0.0\"\n");
        try (Wagi wagi = Wagi.builder()
                .addConfiguration(toml)
                .addSource(Bindles.of(BindleSource.directory(directory), "a/1.0.0"))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/b")).status()).isEqualTo(200);
            assertThat(wagi.handle(WagiRequest.get("/m")).status()).isEqualTo(200);
        }
    }

    /** WAGI's way of serving static files: a module and its files in one bindle. */
    @Test
    void load_filesOfABindle_areAtTheGuestsRoot(@TempDir Path directory) throws Exception {
        byte[] code = Files.readAllBytes(Guests.sample("files"));
        byte[] page = "<p>of the bindle\n".getBytes(StandardCharsets.UTF_8);
        Path bindle = Files.createDirectories(directory.resolve(sha("a/1.0.0".getBytes(StandardCharsets.UTF_8))));
        Files.createDirectory(bindle.resolve("parcels"));
        Files.write(bindle.resolve("parcels/" + sha(code) + ".dat"), code);
        Files.write(bindle.resolve("parcels/" + sha(page) + ".dat"), page);
        Files.writeString(
                bindle.resolve("invoice.toml"), """
                bindleVersion = "1.0.0"
                [bindle]
                name = "a"
                version = "1.0.0"
                [[group]]
                name = "static"
                [[parcel]]
                label.sha256 = "%s"
                label.mediaType = "application/wasm"
                label.name = "files.wasm"
                label.size = %d
                label.feature.wagi.route = "/static/..."
                conditions.requires = ["static"]
                [[parcel]]
                label.sha256 = "%s"
                label.mediaType = "text/html"
                label.name = "site/index.html"
                label.size = %d
                label.feature.wagi.file = "true"
                conditions.memberOf = ["static"]
                """.formatted(sha(code), code.length, sha(page), page.length));
        Wagi.Builder builder = Wagi.builder().addSource(Bindles.of(BindleSource.directory(directory), "a/1.0.0"));
        try (Wagi wagi = builder.build()) {
            assertThat(wagi.handle(WagiRequest.get("/static/")).text()).isEqualTo("<p>of the bindle\n");
            assertThat(wagi.handle(WagiRequest.get("/static/none")).status()).isEqualTo(404);
            wagi.reload(builder);
            assertThat(wagi.handle(WagiRequest.get("/static/index.html")).text())
                    .isEqualTo("<p>of the bindle\n");
        }
    }

    @Test
    void load_bindleServerOfAModule_isAskedForItsBindle(@TempDir Path directory) throws Exception {
        byte[] code = Files.readAllBytes(Guests.sample("hello"));
        String invoice = """
                bindleVersion = "1.0.0"
                [bindle]
                name = "a"
                version = "1.0.0"
                [[parcel]]
                label.sha256 = "%s"
                label.mediaType = "application/wasm"
                label.name = "hello.wasm"
                label.size = %d
                """.formatted(sha(code), code.length);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/_i/a/1.0.0", exchange -> {
            byte[] answer = exchange.getRequestURI().getPath().contains("@") ? code : invoice.getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        Path toml = Files.writeString(directory.resolve("modules.toml"), """
                [[module]]
                route = "/m"
                module = "bindle:a/1.0.0"
                bindle_server = "http://127.0.0.1:%d/v1"
                """.formatted(
                        server.getAddress().getPort()));
        try (Wagi wagi = Wagi.load(toml)) {
            assertThat(wagi.handle(WagiRequest.get("/m")).text()).isEqualTo("hello world\n");
        } finally {
            server.stop(0);
        }
    }

    private static String sha(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
