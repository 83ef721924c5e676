// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** WAGI as a server of its own: {@link dev.wagi.server.WagiServer}, on an embedded Jetty. */
module dev.wagi.server {
    requires transitive dev.wagi.core;
    requires org.eclipse.jetty.alpn.java.server; // what finds ALPN in the JDK
    requires org.eclipse.jetty.alpn.server;
    requires org.eclipse.jetty.http;
    requires org.eclipse.jetty.http2.common;
    requires org.eclipse.jetty.http2.server;
    requires org.eclipse.jetty.io;
    requires org.eclipse.jetty.server;
    requires org.eclipse.jetty.util;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.server;
}
