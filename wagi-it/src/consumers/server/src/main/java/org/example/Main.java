// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A server. */
public class Main {

    public static void main(String[] args) throws Exception {
        try (Wagi wagi = Wagi.builder()
                        .addModule(m -> m.route("/...").source("classpath:/hello.wasm"))
                        .build();
                WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            System.out.print(HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(server.uri().resolve("/x")).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        }
    }
}
