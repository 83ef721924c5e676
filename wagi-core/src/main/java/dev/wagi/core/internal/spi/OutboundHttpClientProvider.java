// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.spi;

import dev.wagi.core.api.OutboundHttpClient;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Creates the client for guests' outbound requests if the application sets none. {@code dev.wagi:wagi-outbound}
 * provides one.
 */
public interface OutboundHttpClientProvider {

    /**
     * Creates a client. It starts no thread and opens no connection before its first request, and the host that it is
     * created for closes it.
     *
     * @param context the certificates to trust and the keys to present; null for the JVM's defaults
     */
    OutboundHttpClient create(@Nullable SSLContext context);
}
