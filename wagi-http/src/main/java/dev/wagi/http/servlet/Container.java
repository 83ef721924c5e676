// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.Closeable;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What differs from one servlet container to another although the specification says nothing of it. */
final class Container {

    private static final Logger LOG = LoggerFactory.getLogger(WagiServlet.class);

    private Container() {}

    /** Whether a request came in through Jetty. */
    static boolean isJetty(HttpServletRequest request) {
        return request.getServletContext().getServerInfo().startsWith("jetty/");
    }

    /**
     * Whether a body of unknown length ends with the connection if that is not kept, unless it is to be sent in chunks.
     */
    static boolean endsBodiesWithTheConnection(HttpServletRequest request) {
        return isJetty(request) || isUndertow(request);
    }

    /** Whether a request came in through Undertow, which calls itself by its server's name in WildFly. */
    private static boolean isUndertow(ServletRequest request) {
        return own(request).getClass().getName().startsWith("io.undertow.");
    }

    /**
     * Keeps a container from completing a response that is not whole. Tomcat and Jetty break it off themselves if a
     * servlet throws; Undertow ends it as if it were whole, and has nothing in the servlet API to prevent that.
     */
    static void breakOff(HttpServletRequest request) {
        if (!isUndertow(request)) {
            return;
        }
        try {
            ServletRequest own = own(request);
            Object exchange = own.getClass().getMethod("getExchange").invoke(own);
            Object connection = exchange.getClass().getMethod("getConnection").invoke(exchange);
            ((Closeable) connection).close();
        } catch (IOException e) {
            LOG.debug("a connection that was to be closed is broken", e);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn(
                    "this version of Undertow does not let a servlet close a connection: its client may take a response"
                            + " that broke off for a whole one",
                    e);
        }
    }

    /** The container's request, without what filters put around it. */
    private static ServletRequest own(ServletRequest request) {
        ServletRequest inner = request;
        while (inner instanceof ServletRequestWrapper wrapper) {
            inner = wrapper.getRequest();
        }
        return inner;
    }
}
