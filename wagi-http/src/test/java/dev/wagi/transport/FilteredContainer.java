// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.util.ImmediateInstanceHandle;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import java.net.URI;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
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

/** A servlet container with a filter in front of {@link WagiServlet}. Both support asynchronous requests. */
enum FilteredContainer {
    TOMCAT {
        @Override
        URI start(Wagi wagi, Filter filter, Set<DispatcherType> called, Path folder, List<AutoCloseable> opened)
                throws Exception {
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(folder.toString());
            Connector connector = new Connector("HTTP/1.1");
            connector.setPort(0);
            connector.setProperty("address", "127.0.0.1");
            tomcat.setConnector(connector);
            Context context = tomcat.addContext("", folder.toString());
            Wrapper wrapper = Tomcat.addServlet(context, "wagi", new WagiServlet(wagi));
            wrapper.setAsyncSupported(true);
            wrapper.setMultipartConfigElement(new MultipartConfigElement(folder.toString()));
            wrapper.addMapping("/*");
            FilterDef definition = new FilterDef();
            definition.setFilterName("filter");
            definition.setFilter(filter);
            definition.setAsyncSupported("true");
            context.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName("filter");
            map.addURLPattern("/*");
            called.forEach(type -> map.setDispatcher(type.name()));
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
        URI start(Wagi wagi, Filter filter, Set<DispatcherType> called, Path folder, List<AutoCloseable> opened)
                throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server, 1, 1);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            context.addFilter(holder, "/*", EnumSet.copyOf(called));
            ServletHolder servlet = new ServletHolder(new WagiServlet(wagi));
            servlet.getRegistration().setMultipartConfig(new MultipartConfigElement(folder.toString()));
            context.addServlet(servlet, "/*");
            server.setHandler(context);
            server.start();
            opened.add(server::stop);
            return URI.create("http://127.0.0.1:" + connector.getLocalPort());
        }
    },
    UNDERTOW {
        @Override
        URI start(Wagi wagi, Filter filter, Set<DispatcherType> called, Path folder, List<AutoCloseable> opened)
                throws Exception {
            UndertowContainer undertow = new UndertowContainer(
                    new WagiServlet(wagi),
                    "",
                    "/*",
                    application -> {
                        application.addFilter(
                                new FilterInfo("filter", Filter.class, () -> new ImmediateInstanceHandle<>(filter))
                                        .setAsyncSupported(true));
                        called.forEach(type -> application.addFilterUrlMapping("filter", "/*", type));
                        application
                                .getServlets()
                                .get("wagi")
                                .setMultipartConfig(new MultipartConfigElement(folder.toString()));
                    },
                    server -> {});
            opened.add(undertow);
            return undertow.uri();
        }
    };

    abstract URI start(Wagi wagi, Filter filter, Set<DispatcherType> called, Path folder, List<AutoCloseable> opened)
            throws Exception;
}
