// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI over HTTP: {@link dev.wagi.http.servlet.WagiServlet} for any servlet container, {@link dev.wagi.http.server.WagiServer}
 * for a server of its own; each needs its container's or Jetty's modules only if it is used.
 */
module dev.wagi.http {
    requires transitive dev.wagi.core;
    requires static jakarta.servlet;
    requires static org.eclipse.jetty.alpn.server;
    requires static org.eclipse.jetty.http;
    requires static org.eclipse.jetty.http2.common;
    requires static org.eclipse.jetty.http2.server;
    requires static org.eclipse.jetty.io;
    requires static org.eclipse.jetty.server;
    requires static org.eclipse.jetty.util;
    requires static org.jspecify; // annotations only
    requires org.slf4j;

    exports dev.wagi.http.server;
    exports dev.wagi.http.servlet;
}
