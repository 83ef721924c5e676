// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server on the module path, where extensions are modules that nothing requires. The argument is a directory of guests. */
public class Main {

    public static void main(String[] args) throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            byte[] body = "hello from there\n".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        other.start();
        String url = "http://127.0.0.1:" + other.getAddress().getPort();
        Path guests = Path.of(args[0]);
        Path text = guests.resolve("text.wat");
        if (!Files.exists(text)) {
            throw new IllegalStateException("there is no " + text);
        }
        try (Wagi wagi = Wagi.builder()
                        .addModule(m -> m.route("/text").source(text))
                        .addModule(m -> m.route("/call")
                                .source(guests.resolve("http-rust.wasm"))
                                .addEnvironment("TARGET", url + "/")
                                .allowedPrivateHosts(url))
                        .build();
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            System.out.println(Wagi.class.getModule() + ", " + WagiServer.class.getModule());
            for (String path : new String[] {"/text", "/call"}) {
                System.out.print(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(server.uri().resolve(path))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body());
            }
        } finally {
            other.stop(0);
        }
    }
}
