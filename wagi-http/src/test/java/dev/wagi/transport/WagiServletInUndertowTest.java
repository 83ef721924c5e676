// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.http.servlet.WagiServlet;
import io.undertow.UndertowOptions;
import java.net.URI;
import java.util.Set;

/** {@link WagiServlet} in Undertow, which takes bodies and heads of any length here. */
class WagiServletInUndertowTest extends WireContract {

    private UndertowContainer container;

    @Override
    URI start() throws Exception {
        container = new UndertowContainer(
                new WagiServlet(host()),
                "/app",
                "/wagi/*",
                application -> {},
                server -> server.setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                        .setServerOption(UndertowOptions.MAX_HEADERS, 1000));
        return URI.create(container.uri() + "/app/wagi");
    }

    @Override
    Set<Difference.Place> places() {
        return Set.of(Difference.Place.UNDERTOW);
    }

    @Override
    void stop() throws Exception {
        container.close();
    }
}
