// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Carries the requests that guests make. The one that is built in uses Jetty's client; another one may add what a network
 * needs, such as a proxy or client certificates.
 *
 * <p>What a guest may connect to is not decided here. A request arrives after its URL was found in the module's
 * {@code allowed_hosts} and each address that {@link #resolve} gave was checked; redirects come back as responses and are
 * followed, or refused, by the caller. An implementation
 *
 * <ul>
 *   <li>connects to one of {@link Request#addresses} and looks nothing up again, or what was checked is not what is used;
 *   <li>follows no redirect, keeps no cookie and no credentials, decodes no body;
 *   <li>verifies the certificate of an {@code https} server for {@link Request#host}, not for the address;
 *   <li>shares no connection between modules.
 * </ul>
 *
 * Thread-safe.
 */
public interface OutboundHttpClient extends AutoCloseable {

    /**
     * The addresses of a host. Called once for each request and each redirect, on a thread that may be held up; what it
     * takes counts as time of the request. By default the JVM is asked.
     *
     * @param host a name in lower case and ASCII, without final dot; never an address
     * @return at least one; if any of them is not allowed, none is used
     * @throws UnknownHostException if there is none
     */
    default List<InetAddress> resolve(String host) throws UnknownHostException {
        return List.of(InetAddress.getAllByName(host));
    }

    /**
     * Sends a request and waits for the head of the response.
     *
     * @throws IOException if there is no response, in time or at all; the guest gets error 11
     * @throws InterruptedException if the thread is interrupted, which ends a guest whose time is up; the connection is not
     *     used again
     */
    Response send(Request request) throws IOException, InterruptedException;

    /** Ends what is idle, and what is not when it becomes so. May be called more than once. */
    @Override
    default void close() {}

    /**
     * A request that may be sent.
     *
     * @param module the module whose guest it is from; names a pool of connections
     * @param method a token of RFC 9110, never CONNECT or TRACE
     * @param uri scheme {@code http} or {@code https}, host, port if not the scheme's, path and query; no user, no fragment.
     *     {@link URI#getHost} does not know names with {@code _}: use {@link #host}
     * @param host the host of the URI in lower case and ASCII, an IPv6 address without brackets; what Host, SNI and the
     *     certificate are about
     * @param port the port of the URI, the scheme's if it has none
     * @param addresses where to connect to; any of them, best in this order
     * @param headers the guest's header fields, octets as in {@link Headers}; none about framing, connection or host
     * @param body the body, empty for none; not to be changed
     * @param timeout how long it may take to the last byte of the response's body
     */
    record Request(
            String module,
            String method,
            URI uri,
            String host,
            int port,
            List<InetAddress> addresses,
            Headers headers,
            byte[] body,
            Duration timeout) {

        /** Checks that there is an address. */
        public Request {
            Objects.requireNonNull(uri, "uri");
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("there is no address to connect to");
            }
        }
    }

    /** A response of which the head is there. Used by one thread. */
    interface Response extends AutoCloseable {

        /** Its status, 200 to 599. */
        int status();

        /** Its header fields, in the order in which they came. */
        Headers headers();

        /**
         * Its body as it arrives, not decoded; the same stream each time. Its {@code read} throws
         * {@link java.io.InterruptedIOException} when the thread is interrupted.
         */
        InputStream body();

        /** Ends it; what was not read is dropped, with the connection if need be. */
        @Override
        void close();
    }
}
