// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.internal.spi.OutboundHttpClientProvider;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Creates clients based on Jetty's. Found by {@link java.util.ServiceLoader}. */
public final class JettyHttpClientProvider implements OutboundHttpClientProvider {

    /** Creates a provider. */
    public JettyHttpClientProvider() {}

    @Override
    public OutboundHttpClient create(@Nullable SSLContext context) {
        return new JettyHttpClient(context);
    }
}
