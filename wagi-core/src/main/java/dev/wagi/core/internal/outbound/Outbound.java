// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.sandbox.GuestHttp;
import java.util.function.LongSupplier;

/**
 * What the guests of a module may do on the network, and with what. Thread-safe.
 *
 * @param module its name
 * @param allowed where they may connect to
 * @param maxConcurrency how many responses one run may hold open
 * @param maxRequests how many requests one run may send, redirects included
 * @param maxResponseBody how many bytes of one response's body it may read
 * @param maxRequestBody how many bytes it may send in one request
 * @param client carries the requests
 * @param listener is told of each
 * @param lookup looks up names for the module
 */
public record Outbound(
        String module,
        AllowList allowed,
        int maxConcurrency,
        int maxRequests,
        long maxResponseBody,
        long maxRequestBody,
        OutboundHttpClient client,
        WagiListener listener,
        Lookup lookup) {

    /** With lookups of its own; parameters as above. */
    public Outbound(
            String module,
            AllowList allowed,
            int maxConcurrency,
            int maxRequests,
            long maxResponseBody,
            long maxRequestBody,
            OutboundHttpClient client,
            WagiListener listener) {
        this(
                module,
                allowed,
                maxConcurrency,
                maxRequests,
                maxResponseBody,
                maxRequestBody,
                client,
                listener,
                new Lookup());
    }

    /**
     * For one run of a guest.
     *
     * @param requestId names it in the log
     * @param remainingNanos how long it may go on
     */
    public GuestHttp session(String requestId, LongSupplier remainingNanos) {
        return new OutboundSession(this, requestId, remainingNanos);
    }
}
