// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A module that asks another server. */
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
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/")
                        .source("classpath:/http-rust.wasm")
                        .addEnvironment("TARGET", url + "/")
                        .allowedPrivateHosts(url))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/")).text());
        } finally {
            other.stop(0);
        }
    }
}
