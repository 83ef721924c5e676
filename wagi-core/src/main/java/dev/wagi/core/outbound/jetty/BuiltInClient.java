// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.outbound.jetty;

import dev.wagi.core.api.OutboundHttpClient;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Makes the built-in client, if what it is made of is there. Names no type of it, so that it can be asked without. */
public final class BuiltInClient {

    /** What has to be added to an application that has no Jetty, as Maven writes it. */
    public static final String DEPENDENCIES = "org.eclipse.jetty:jetty-client, org.eclipse.jetty:jetty-alpn-java-client"
            + " and org.eclipse.jetty.http2:jetty-http2-client-transport";

    /** One class of each. */
    private static final List<String> CLASSES = List.of(
            "org.eclipse.jetty.client.HttpClient",
            "org.eclipse.jetty.alpn.java.client.JDK9ClientALPNProcessor",
            "org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2");

    private BuiltInClient() {}

    /** Whether it can be made. */
    public static boolean isPresent(@Nullable ClassLoader loader) {
        try {
            for (String name : CLASSES) {
                Class.forName(name, false, loader);
            }
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Makes one; it is started by its first request.
     *
     * @param trust whom to trust; null for whom the JVM trusts
     */
    public static OutboundHttpClient create(@Nullable SSLContext trust) {
        return new JettyHttpClient(trust);
    }
}
