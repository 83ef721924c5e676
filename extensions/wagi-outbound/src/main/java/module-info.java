// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Outbound HTTP for guests: provides a client, which a host finds with {@link java.util.ServiceLoader}. It exports
 * nothing.
 */
module dev.wagi.outbound {
    requires dev.wagi.core;
    requires org.eclipse.jetty.alpn.java.client;
    requires org.eclipse.jetty.client;
    requires org.eclipse.jetty.http2.client.transport;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    provides dev.wagi.core.internal.spi.OutboundHttpClientProvider with
            dev.wagi.outbound.internal.JettyHttpClientProvider;
}
