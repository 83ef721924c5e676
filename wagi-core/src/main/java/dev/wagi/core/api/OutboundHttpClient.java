// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Carries the requests that guests make. The one in {@code wagi-outbound} uses Jetty's client; another one may add what a
 * network needs, such as a proxy or client certificates.
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
     * @param request the request, whose target has been checked
     * @return the response up to its header; the caller closes it
     * @throws IOException if there is no response, in time or at all; the guest gets error 11
     * @throws InterruptedException if the thread is interrupted, which ends a guest whose time is up; the connection is not
     *     used again
     */
    Response send(Request request) throws IOException, InterruptedException;

    /** Ends what is idle, and what is not when it becomes so. May be called more than once. */
    @Override
    default void close() {}

    /** A request that may be sent. Immutable, except that the array of its body is shared. */
    final class Request {

        private final String module;
        private final String method;
        private final URI uri;
        private final String host;
        private final int port;
        private final List<InetAddress> addresses;
        private final Headers headers;
        private final byte[] body;
        private final Duration timeout;

        private Request(Builder draft) {
            this.module = draft.module;
            this.method = draft.method;
            this.uri = draft.uri;
            this.host = draft.host;
            this.port = draft.port;
            this.addresses = draft.addresses;
            this.headers = draft.headers;
            this.body = draft.body;
            this.timeout = draft.timeout;
        }

        /**
         * Starts a request, for tests of a client and for clients that pass requests on.
         *
         * @param module as in {@link #module()}
         * @param method as in {@link #method()}
         * @param uri as in {@link #uri()}
         * @return a builder of the request
         */
        public static Builder builder(String module, String method, URI uri) {
            return new Builder(module, method, uri);
        }

        /**
         * A builder that begins with everything that this request has.
         *
         * @return this builder
         */
        public Builder toBuilder() {
            return new Builder(module, method, uri)
                    .host(host)
                    .port(port)
                    .addresses(addresses)
                    .headers(headers)
                    .body(body)
                    .timeout(timeout);
        }

        /** {@return the name of the module whose guest makes the request; connections are pooled by it} */
        public String module() {
            return module;
        }

        /** {@return the method, a token of RFC 9110; never CONNECT or TRACE} */
        public String method() {
            return method;
        }

        /**
         * {@return scheme {@code http} or {@code https}, host, port if not the scheme's, path and query; no user, no
         * fragment} {@link URI#getHost} does not know names with {@code _}: use {@link #host}.
         */
        public URI uri() {
            return uri;
        }

        /**
         * {@return the host of the URI in lower case and ASCII, an IPv6 address without brackets: what Host, SNI and
         * the certificate are about}
         */
        public String host() {
            return host;
        }

        /** {@return the port of the URI, or the scheme's if it has none} */
        public int port() {
            return port;
        }

        /** {@return where to connect to: any of them, best in this order} At least one. */
        public List<InetAddress> addresses() {
            return addresses;
        }

        /** {@return the guest's header fields, octets as in {@link Headers}; none about framing, connection or host} */
        public Headers headers() {
            return headers;
        }

        /** {@return the body, empty if there is none} The array is not copied and must not be changed. */
        public byte[] body() {
            return body;
        }

        /** {@return how long the exchange may take, to the last byte of the response's body} */
        public Duration timeout() {
            return timeout;
        }

        /** Method, host and port: a target and header fields may hold secrets. */
        @Override
        public String toString() {
            return "Request[" + method + " " + host + ":" + port + "]";
        }

        /** Collects the parts of a request. Not thread-safe. */
        public static final class Builder {

            private final String module;
            private final String method;
            private final URI uri;
            private String host;
            private int port;
            private List<InetAddress> addresses = List.of();
            private Headers headers = Headers.none();
            private byte[] body = new byte[0];
            private Duration timeout = Duration.ofSeconds(30);

            private Builder(String module, String method, URI uri) {
                this.module = Objects.requireNonNull(module, "module");
                this.method = Objects.requireNonNull(method, "method");
                this.uri = Objects.requireNonNull(uri, "uri");
                String named = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
                this.host = named.startsWith("[") ? named.substring(1, named.length() - 1) : named;
                this.port = uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
            }

            /**
             * Sets {@link Request#host()}; by default the host of the URI.
             *
             * @param name the host in lower case and ASCII, an IPv6 address without brackets
             * @return this builder
             */
            public Builder host(String name) {
                this.host = Objects.requireNonNull(name, "name");
                return this;
            }

            /**
             * Sets {@link Request#port()}; by default the port of the URI or of its scheme.
             *
             * @param number the port, 1 to 65535
             * @return this builder
             */
            public Builder port(int number) {
                this.port = number;
                return this;
            }

            /**
             * Sets {@link Request#addresses()}; required.
             *
             * @param all the addresses, the best first
             * @return this builder
             */
            public Builder addresses(InetAddress... all) {
                return addresses(List.of(all));
            }

            /**
             * Sets {@link Request#addresses()}; required.
             *
             * @param all the addresses, the best first
             * @return this builder
             */
            public Builder addresses(Collection<InetAddress> all) {
                this.addresses = List.copyOf(all);
                return this;
            }

            /**
             * Sets {@link Request#headers()}; none by default.
             *
             * @param fields the header fields
             * @return this builder
             */
            public Builder headers(Headers fields) {
                this.headers = Objects.requireNonNull(fields, "fields");
                return this;
            }

            /**
             * Sets {@link Request#body()}; empty by default.
             *
             * @param bytes the body; the array is not copied
             * @return this builder
             */
            public Builder body(byte[] bytes) {
                this.body = Objects.requireNonNull(bytes, "bytes");
                return this;
            }

            /**
             * Sets {@link Request#timeout()}; 30 seconds by default.
             *
             * @param limit the time for the whole exchange
             * @return this builder
             */
            public Builder timeout(Duration limit) {
                this.timeout = Objects.requireNonNull(limit, "limit");
                return this;
            }

            /**
             * {@return the request}
             *
             * @throws IllegalArgumentException if there is no address to connect to, or no host
             */
            public Request build() {
                if (addresses.isEmpty()) {
                    throw new IllegalArgumentException("there is no address to connect to; call addresses(...)");
                }
                if (host.isEmpty()) {
                    throw new IllegalArgumentException("the URI has no host; call host(...)");
                }
                return new Request(this);
            }
        }
    }

    /** A response of which the head is there. Used by one thread. */
    interface Response extends AutoCloseable {

        /** {@return its status, 200 to 599} */
        int status();

        /** {@return its header fields, in the order in which they came} */
        Headers headers();

        /**
         * {@return its body as it arrives, not decoded; the same stream each time} Its {@code read} throws {@link
         * java.io.InterruptedIOException} when the thread is interrupted.
         */
        InputStream body();

        /** Ends it; what was not read is dropped, with the connection if need be. */
        @Override
        void close();
    }
}
