// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.RemoteIpValve;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Behind a proxy to which the container, or a filter in it, listens: guests see what it made of that. */
@Timeout(60)
class ForwardedServletTest {

    private static final String REQUEST = "GET /app/wagi/env/a?b HTTP/1.1\r\nHost: inner:8080\r\n"
            + "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\n\r\n";

    private static final List<String> FORWARDED = List.of(
            "REMOTE_ADDR=203.0.113.7",
            "HTTPS=on",
            "REQUEST_SCHEME=https",
            "SERVER_NAME=shop.example",
            "SERVER_PORT=443",
            "X_FULL_URL=https://shop.example/app/wagi/env/a?b",
            "HTTP_HOST=inner:8080");

    @TempDir
    Path folder;

    @Test
    void jetty_withItsCustomizer() throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new ForwardedRequestCustomizer());
        Server server = jetty(http, null);
        try {
            List<String> lines = lines(server.getURI(), REQUEST);

            // Jetty makes a Host field of what it was told.
            assertThat(lines).containsAll(FORWARDED.subList(0, 6));
        } finally {
            server.stop();
        }
    }

    @Test
    void jetty_withoutIt_believesNobody() throws Exception {
        Server server = jetty(new HttpConfiguration(), null);
        try {
            assertThat(lines(server.getURI(), REQUEST))
                    .contains(
                            "REMOTE_ADDR=127.0.0.1",
                            "SERVER_NAME=inner",
                            "SERVER_PORT=8080",
                            "X_FULL_URL=http://inner:8080/app/wagi/env/a?b")
                    .doesNotContain("HTTPS=on");
        } finally {
            server.stop();
        }
    }

    @Test
    void tomcat_withItsValve() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        Connector connector = new Connector("HTTP/1.1");
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        tomcat.setConnector(connector);
        RemoteIpValve valve = new RemoteIpValve();
        valve.setProtocolHeader("X-Forwarded-Proto");
        valve.setHostHeader("X-Forwarded-Host");
        valve.setPortHeader("X-Forwarded-Port");
        tomcat.getEngine().getPipeline().addValve(valve);
        Context context = tomcat.addContext("/app", folder.toString());
        Wrapper wrapper = Tomcat.addServlet(context, "wagi", new WagiServlet(Guests.env()));
        wrapper.setAsyncSupported(true);
        wrapper.addMapping("/wagi/*");
        tomcat.start();
        try {
            URI uri = URI.create("http://127.0.0.1:" + connector.getLocalPort());

            assertThat(lines(uri, REQUEST)).containsAll(FORWARDED);
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }

    /** As Spring's ForwardedHeaderFilter does it. */
    @Test
    void filter_addsAPrefix() throws Exception {
        Server server = jetty(new HttpConfiguration(), new Prefix("/shop"));
        try {
            assertThat(lines(server.getURI(), REQUEST))
                    .contains(
                            "SCRIPT_NAME=/shop/app/wagi/env",
                            "PATH_INFO=/a",
                            "REQUEST_URI=/shop/app/wagi/env/a?b",
                            "X_FULL_URL=http://inner:8080/shop/app/wagi/env/a?b");
        } finally {
            server.stop();
        }
    }

    private static final class Prefix extends HttpFilter {
        private static final long serialVersionUID = 1L;
        private final String prefix;

        Prefix(String prefix) {
            this.prefix = prefix;
        }

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(
                    new HttpServletRequestWrapper(request) {
                        @Override
                        public String getContextPath() {
                            return prefix + super.getContextPath();
                        }

                        @Override
                        public String getRequestURI() {
                            return prefix + super.getRequestURI();
                        }
                    },
                    response);
        }
    }

    private static Server jetty(HttpConfiguration http, HttpFilter filter) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/app");
        context.addServlet(new ServletHolder(new WagiServlet(Guests.env())), "/wagi/*");
        if (filter != null) {
            context.addFilter(new FilterHolder(filter), "/*", null);
        }
        server.setHandler(context);
        server.start();
        return server;
    }

    private static List<String> lines(URI uri, String request) throws IOException {
        try (RawClient raw = new RawClient(uri)) {
            return raw.send(request).read().body().lines().toList();
        }
    }
}
