// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

/** {@link WagiServlet} in an embedded Jetty. */
final class InJetty {

    private InJetty() {}

    static Server start(Wagi wagi, int port) throws Exception {
        Server server = new Server(new InetSocketAddress("127.0.0.1", port));
        ServletContextHandler shop = new ServletContextHandler("/shop");
        ServletHolder servlet = new ServletHolder(new WagiServlet(wagi));
        servlet.setAsyncSupported(true);
        shop.addServlet(servlet, "/wagi/*");
        server.setHandler(shop);
        server.start();
        return server;
    }
}
