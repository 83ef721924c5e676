// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.sandbox.GuestHttp;
import java.util.function.LongSupplier;

/**
 * The outbound permissions, limits and client of a module's guests. Thread-safe.
 *
 * @param module its name
 * @param allowed the hosts they may connect to
 * @param maxConcurrency how many responses one run may hold open
 * @param maxRequests how many requests one run may send, including redirects
 * @param maxResponseBody the maximum size in bytes of one response's body
 * @param maxRequestBody the maximum size in bytes of one request's body
 * @param client sends the requests
 * @param listener is notified of each request
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

    /** Creates an instance with its own lookups; see the record for the parameters. */
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
     * Starts the session for one run of a guest.
     *
     * @param requestId identifies the run in the log
     * @param fields the fields of the request that the guest answers
     * @param remainingNanos returns the remaining time
     */
    public GuestHttp session(String requestId, Headers fields, LongSupplier remainingNanos) {
        return new OutboundSession(this, requestId, fields, remainingNanos);
    }
}
