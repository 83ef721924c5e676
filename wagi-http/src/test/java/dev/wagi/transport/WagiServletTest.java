// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.http.servlet.WagiServlet;
import java.net.URI;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link WagiServlet} in Jetty, which lets through every path that it can. */
class WagiServletTest {

    /** Lets through every path, and long heads. */
    static ServerConnector connector(Server server) {
        HttpConfiguration http = new HttpConfiguration();
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setSendServerVersion(false);
        http.setMaxResponseHeaderSize(128 << 10);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        return connector;
    }

    abstract static class InJetty extends WireContract {

        private final Server server = new Server();
        private final String contextPath;
        private final String mapping;

        InJetty(String contextPath, String mapping) {
            this.contextPath = contextPath;
            this.mapping = mapping;
        }

        @Override
        final URI start() throws Exception {
            ServerConnector connector = connector(server);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler(contextPath);
            context.getServletHandler().setDecodeAmbiguousURIs(true);
            context.addServlet(new ServletHolder(new WagiServlet(host())), mapping);
            server.setHandler(context);
            server.start();
            String prefix = mapping.endsWith("/*") ? mapping.substring(0, mapping.length() - 2) : "";
            return URI.create("http://127.0.0.1:" + connector.getLocalPort()
                    + (contextPath.equals("/") ? "" : contextPath) + prefix);
        }

        @Override
        final Set<Difference.Place> places() {
            return Set.of(Difference.Place.JETTY);
        }

        @Override
        final void stop() throws Exception {
            server.stop();
        }
    }

    @Nested
    class AtTheRoot extends InJetty {
        AtTheRoot() {
            super("/", "/");
        }
    }

    @Nested
    class AtTheRootAsPrefix extends InJetty {
        AtTheRootAsPrefix() {
            super("/", "/*");
        }
    }

    @Nested
    class AtAPrefixInAContext extends InJetty {
        AtAPrefixInAContext() {
            super("/app", "/wagi/*");
        }

        /** Other spellings of a path: routes see what the container saw, never something else. */
        @ParameterizedTest
        @CsvSource({
            "/%61pp/wagi/env/a%20b, /env, /a b",
            "/app/%77agi/env/a, /env, /a",
            "/app;x=1/wagi;y/env/a, /env, /a",
            "/x/../app/wagi/env/a, /env, /a",
            "/app/wagi/hello/../env/a, /env, /a",
            "/app/wagi/hello/%2e%2e/env/a, /env, /a",
            "/app/wagi/hello/..;/env/a, /env, /a",
            "/app/wagi/%65nv/a, /env, /a",
        })
        void otherSpelling_isReadAsTheContainerDoes(String target, String route, String pathInfo) throws Exception {
            try (RawClient raw = raw()) {
                raw.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");

                assertThat(raw.read().body().lines().toList())
                        .contains("SCRIPT_NAME=/app/wagi" + route, "PATH_INFO=" + pathInfo);
            }
        }

        @Test
        void prefixAlone_isTheRootRoute() throws Exception {
            assertThat(get("").text()).contains("<h1>");
        }
    }

    @Nested
    class AtAContextRoot extends InJetty {
        AtAContextRoot() {
            super("/app", "/");
        }
    }
}
