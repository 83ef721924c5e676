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
 * Sends the outbound HTTP requests of guests. The implementation in {@code wagi-outbound} uses Jetty's client; write
 * another one to add what a network needs, such as a proxy or client certificates.
 *
 * <p>This interface does not decide what a guest may connect to. The host calls it only with requests whose URL matches
 * the module's {@code allowed_hosts} and whose addresses, as returned by {@link #resolve}, it has checked. Redirects
 * are returned as responses; the host follows or refuses them. An implementation must
 *
 * <ul>
 *   <li>connect to one of {@link Request#addresses} without another lookup, which could return addresses that were not
 *       checked;
 *   <li>follow no redirects, keep no cookies or credentials, and decode no bodies;
 *   <li>verify the certificate of an {@code https} server for {@link Request#host}, not for the address;
 *   <li>share no connections between modules.
 * </ul>
 *
 * Implementations are thread-safe.
 */
public interface OutboundHttpClient extends AutoCloseable {

    /**
     * Looks up the addresses of a host. Called once for each request and each redirect, on a thread that may block; the
     * lookup counts towards the request's timeout. By default it uses the JVM's resolver.
     *
     * @param host a name in lower case and ASCII, without final dot; never an IP address
     * @return at least one address; if any of them is not allowed, none is used
     * @throws UnknownHostException if the host has no address
     */
    default List<InetAddress> resolve(String host) throws UnknownHostException {
        return List.of(InetAddress.getAllByName(host));
    }

    /**
     * Sends a request and waits for the header of the response.
     *
     * @param request the request, whose target has been checked
     * @return the response, ready to read its body; the caller closes it
     * @throws IOException if there is no response, or not in time; the guest gets error 11
     * @throws InterruptedException if the thread is interrupted, which stops a guest that has timed out; the connection
     *     must not be reused
     */
    Response send(Request request) throws IOException, InterruptedException;

    /**
     * Closes idle connections, and those in use when they become idle. May be called more than once. Does nothing by
     * default.
     */
    @Override
    default void close() {}

    /** A request that was checked and may be sent. Immutable, except that the array of its body is shared. */
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
         * Starts a request, for tests of a client and for clients that delegate to another.
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
         * Starts a request from a copy of this one.
         *
         * @return a builder with all values of this request
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

        /** {@return the name of the module whose guest makes the request; connections are pooled per module} */
        public String module() {
            return module;
        }

        /** {@return the method, a token of RFC 9110; never CONNECT or TRACE} */
        public String method() {
            return method;
        }

        /**
         * {@return the target URI: scheme {@code http} or {@code https}, host, port unless it is the scheme's default,
         * path and query; no user information, no fragment} {@link URI#getHost} returns null for names with {@code _};
         * use {@link #host}.
         */
        public URI uri() {
            return uri;
        }

        /**
         * {@return the host of the URI in lower case and ASCII, an IPv6 address without brackets; used for the Host
         * field, SNI and the verification of the certificate}
         */
        public String host() {
            return host;
        }

        /** {@return the port of the URI, or the scheme's default if it has none} */
        public int port() {
            return port;
        }

        /** {@return the addresses to connect to, at least one; any may be used, preferably in this order} */
        public List<InetAddress> addresses() {
            return addresses;
        }

        /**
         * {@return the guest's header fields, octets as in {@link Headers}, without those for framing, connection and
         * host}
         */
        public Headers headers() {
            return headers;
        }

        /** {@return the body, empty if there is none} The array is not copied and must not be modified. */
        public byte[] body() {
            return body;
        }

        /** {@return the maximum time of the whole exchange, up to the last byte of the response body} */
        public Duration timeout() {
            return timeout;
        }

        /** Returns method, host and port only, because the target and header fields may hold secrets. */
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
             * Sets {@link Request#host()}; the host of the URI by default.
             *
             * @param name the host in lower case and ASCII, an IPv6 address without brackets
             * @return this builder
             */
            public Builder host(String name) {
                this.host = Objects.requireNonNull(name, "name");
                return this;
            }

            /**
             * Sets {@link Request#port()}; the port of the URI or of its scheme by default.
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
             * @param all the addresses in order of preference
             * @return this builder
             */
            public Builder addresses(InetAddress... all) {
                return addresses(List.of(all));
            }

            /**
             * Sets {@link Request#addresses()}; required.
             *
             * @param all the addresses in order of preference
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

    /** A response whose header has arrived. Used by one thread. */
    interface Response extends AutoCloseable {

        /** {@return the status code, 200 to 599} */
        int status();

        /** {@return the header fields in the order in which they were received} */
        Headers headers();

        /**
         * {@return the body as it arrives, not decoded; the same stream each time} Its {@code read} throws
         * {@link java.io.InterruptedIOException} when the thread is interrupted.
         */
        InputStream body();

        /** Ends the exchange; unread content is discarded, and the connection is closed if necessary. */
        @Override
        void close();
    }
}
