// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.web.filter.FormContentFilter;
import org.springframework.web.filter.HiddenHttpMethodFilter;

/** Spring's filters, and ones like those of others, that read a form before the servlet: its guest has it all the same. */
class FormFiltersTest {

    private static final String FORM = "application/x-www-form-urlencoded";

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();

    private enum Container {
        TOMCAT {
            @Override
            URI start(Wagi wagi, Filter filter, Path folder, List<AutoCloseable> opened) throws Exception {
                Tomcat tomcat = new Tomcat();
                tomcat.setBaseDir(folder.toString());
                Connector connector = new Connector("HTTP/1.1");
                connector.setPort(0);
                connector.setProperty("address", "127.0.0.1");
                tomcat.setConnector(connector);
                Context context = tomcat.addContext("", folder.toString());
                Wrapper wrapper = Tomcat.addServlet(context, "wagi", new WagiServlet(wagi));
                wrapper.setAsyncSupported(true);
                wrapper.addMapping("/*");
                FilterDef definition = new FilterDef();
                definition.setFilterName("filter");
                definition.setFilter(filter);
                definition.setAsyncSupported("true");
                context.addFilterDef(definition);
                FilterMap map = new FilterMap();
                map.setFilterName("filter");
                map.addURLPattern("/*");
                context.addFilterMap(map);
                tomcat.start();
                opened.add(() -> {
                    tomcat.stop();
                    tomcat.destroy();
                });
                return URI.create("http://127.0.0.1:" + connector.getLocalPort());
            }
        },
        JETTY {
            @Override
            URI start(Wagi wagi, Filter filter, Path folder, List<AutoCloseable> opened) throws Exception {
                Server server = new Server();
                ServerConnector connector = new ServerConnector(server, 1, 1);
                connector.setHost("127.0.0.1");
                server.addConnector(connector);
                ServletContextHandler context = new ServletContextHandler("/");
                FilterHolder holder = new FilterHolder(filter);
                holder.setAsyncSupported(true);
                context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
                context.addServlet(new ServletHolder(new WagiServlet(wagi)), "/*");
                server.setHandler(context);
                server.start();
                opened.add(server::stop);
                return URI.create("http://127.0.0.1:" + connector.getLocalPort());
            }
        };

        abstract URI start(Wagi wagi, Filter filter, Path folder, List<AutoCloseable> opened) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void formContentFilter_put_guestHasTheForm(Container container) throws Exception {
        assertEchoed(container, new FormContentFilter(), "PUT", "a=2&b=x+y%26&c=");
    }

    /** Jetty does not say that it has read a body itself; its guests still see a body that is not there. */
    @ParameterizedTest
    @EnumSource(names = "TOMCAT")
    void hiddenMethodFilter_post_guestHasTheForm(Container container) throws Exception {
        assertEchoed(container, new HiddenHttpMethodFilter(), "POST", "a=2&b=x+y%26&c=&d=%C3%A9");
    }

    /** What protection against forged requests does. */
    @ParameterizedTest
    @EnumSource(names = "TOMCAT")
    void filterThatAsksForAParameter_post_guestHasTheForm(Container container) throws Exception {
        Filter csrf = (request, response, chain) -> {
            request.getParameter("_csrf");
            chain.doFilter(request, response);
        };

        assertEchoed(container, csrf, "POST", "a=2&a=3&_csrf=t");
    }

    @ParameterizedTest
    @EnumSource
    void filterThatReadsNothing_otherType_guestHasTheBody(Container container) throws Exception {
        URI uri = start(container, new FormContentFilter());

        assertThat(send(uri, "POST", "/env/echo", "text/plain", "a=1").body()).isEqualTo("a=1");
    }

    /** What cannot be made again is not the client's fault. */
    @ParameterizedTest
    @EnumSource
    void filterThatReadsAnotherBody_is500(Container container) throws Exception {
        Filter reads = (request, response, chain) -> {
            request.getInputStream().readAllBytes();
            chain.doFilter(request, response);
        };
        Filter readsCharacters = (request, response, chain) -> {
            request.getReader().read();
            chain.doFilter(request, response);
        };
        for (Filter filter : List.of(reads, readsCharacters)) {
            assertThat(send(start(container, filter), "POST", "/env/echo", "application/json", "{}")
                            .status())
                    .isEqualTo(500);
        }
    }

    private void assertEchoed(Container container, Filter filter, String method, String form) throws Exception {
        URI uri = start(container, filter);

        // Values of the query stand before those of the body.
        RawClient.Response echo = send(uri, method, "/env/echo?a=1&e=%C3%A9", FORM, form);
        RawClient.Response shown = send(uri, method, "/env?a=1", FORM + "; charset=UTF-8", form);

        assertThat(echo.body()).isEqualTo(form);
        assertThat(shown.body())
                .contains("QUERY_STRING=a=1\n", "CONTENT_LENGTH=" + form.length() + "\n", "length = " + form.length());
    }

    private static RawClient.Response send(URI uri, String method, String path, String type, String body)
            throws Exception {
        try (RawClient client = new RawClient(uri)) {
            return client.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: " + type
                            + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .read();
        }
    }

    private URI start(Container container, Filter filter) throws Exception {
        return container.start(Guests.env(), filter, folder, opened);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }
}
