// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedded;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.nio.file.Path;

/** Serves one module below {@code /guest} until the process ends. */
public final class EmbeddedServer {

    private EmbeddedServer() {}

    /**
     * Starts the server on any free port and prints its address.
     *
     * @param args the path of a module
     */
    public static void main(String[] args) {
        Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/guest/...").source(Path.of(args[0])))
                .build();
        WagiServer server = start(wagi);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        System.out.println("Try " + server.uri() + "/guest");
    }

    static WagiServer start(Wagi wagi) {
        return WagiServer.builder(wagi).port(0).start();
    }
}
