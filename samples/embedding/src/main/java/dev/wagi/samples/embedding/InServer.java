// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.time.Duration;

/** Serves with {@link WagiServer}, which needs no container. */
final class InServer {

    private InServer() {}

    static WagiServer start(Wagi wagi, int port) {
        return WagiServer.builder(wagi)
                .port(port)
                .maxConnections(1000)
                .grace(Duration.ofSeconds(10))
                .start();
    }
}
