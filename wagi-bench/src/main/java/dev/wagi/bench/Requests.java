// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.util.LinkedHashMap;
import java.util.Map;

/** The request of all benchmarks, and a {@link Wagi} that handles it. */
final class Requests {

    static final String ROUTE = "/app/...";

    private Requests() {}

    /** Returns a GET request as a browser sends it, with eight header fields; its guest receives 29 variables. */
    static WagiRequest get() {
        return WagiRequest.builder("GET", "/app/some/path?name=value")
                .addHeader("Host", "www.example.org")
                .addHeader("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
                .addHeader("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
                .addHeader("Accept-Language", "en-GB,en;q=0.5")
                .addHeader("Accept-Encoding", "gzip, deflate, br")
                .addHeader("Connection", "keep-alive")
                .addHeader("Cookie", "session=0123456789abcdef; theme=dark")
                .addHeader("X-Forwarded-For", "203.0.113.7")
                .remoteAddress("127.0.0.1")
                .build();
    }

    /** Returns the variables of the request as a guest of {@link Wagi} receives them, for the peers. */
    static Map<String, String> environment() {
        BodySink sink = new BodySink();
        try (Wagi wagi = wagi(Guest.RUST).engine(Wagi.Engine.INTERPRETER).build()) {
            wagi.handle(get(), sink);
        }
        sink.verify("the guest that prints its environment", Guest.RUST.part());
        Map<String, String> variables = new LinkedHashMap<>();
        for (String line : sink.text().split("\n")) {
            int equals = line.indexOf(" = ");
            variables.put(line.substring(0, equals), line.substring(equals + 3));
        }
        return variables;
    }

    /** Returns the builder of a host that serves the guest. */
    static Wagi.Builder wagi(Guest guest) {
        return Wagi.builder().addModule(m -> m.route(ROUTE).source(guest.reference()));
    }

    /** Handles the request once and verifies the response. */
    static void verify(Wagi wagi, Guest guest) {
        BodySink sink = new BodySink();
        wagi.handle(get(), sink);
        sink.verify("WAGI with the guest " + guest, guest.part());
    }
}
