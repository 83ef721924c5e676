// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request as a transport hands it over: nothing decoded, nothing dropped.
 *
 * <p>Immutable but for the body, which is a stream that is read at most once, by the thread that handles the request.
 * The stream stays the transport's: WAGI never closes it.
 *
 * <pre>{@code
 * WagiRequest.get("/hello/world?x=1")
 * WagiRequest.builder("POST", "/echo").addHeader("Content-Type", "text/plain").body(bytes).build()
 * }</pre>
 */
public final class WagiRequest {

    private final String method;
    private final String target;
    private final String mountPath;
    private final String protocol;
    private final String scheme;
    private final Headers headers;
    private final InputStream body;
    private final long contentLength;
    private final @Nullable Readiness readiness;
    private final String remoteAddress;
    private final int remotePort;
    private final @Nullable String serverAddress;
    private final @Nullable String serverName;
    private final int serverPort;
    private final @Nullable String authType;
    private final @Nullable String remoteUser;

    private WagiRequest(Builder builder) {
        this.method = builder.method;
        this.target = builder.target;
        this.mountPath = builder.mountPath;
        this.protocol = builder.protocol;
        this.scheme = builder.scheme;
        this.headers = builder.headers.build();
        this.body = builder.body;
        this.contentLength = builder.contentLength;
        this.readiness = builder.readiness;
        this.remoteAddress = builder.remoteAddress;
        this.remotePort = builder.remotePort;
        this.serverAddress = builder.serverAddress;
        this.serverName = builder.serverName;
        this.serverPort = builder.serverPort;
        this.authType = builder.authType;
        this.remoteUser = builder.remoteUser;
    }

    /** Tells when a body can be read without waiting, for transports that have no thread for each request. */
    @FunctionalInterface
    public interface Readiness {

        /**
         * {@return whether a read of the body would return at once: with bytes, with its end, or with a failure}
         *
         * @param later is run once, as soon as it would, if it would not now; on a thread of the transport, perhaps before
         *     this method returns. It does not wait for anything but a disk. A later call replaces it
         */
        boolean isReady(Runnable later);
    }

    /**
     * A GET request without body.
     *
     * @param target path and query as in {@link #target()}
     * @return the request
     */
    public static WagiRequest get(String target) {
        return builder("GET", target).build();
    }

    /**
     * Starts a request.
     *
     * @param method the method, a token; case matters
     * @param target path and query as in {@link #target()}
     * @return a builder of the request
     */
    public static Builder builder(String method, String target) {
        return new Builder(method, target);
    }

    /** {@return the method as sent, for instance {@code GET}} */
    public String method() {
        return method;
    }

    /**
     * {@return the origin-form of the request target: raw path, then {@code ?} and the raw query if there is one}
     * Percent-encoded as sent, one {@code char} per octet, never with scheme, host or fragment.
     */
    public String target() {
        return target;
    }

    /**
     * {@return the leading part of the path that the embedding server has consumed (context path and servlet path), raw
     * as in {@link #target()}; empty by default} Routes match what follows it; SCRIPT_NAME begins with it.
     */
    public String mountPath() {
        return mountPath;
    }

    /** {@return the protocol and version as SERVER_PROTOCOL shows them; {@code HTTP/1.1} by default} */
    public String protocol() {
        return protocol;
    }

    /** {@return {@code http} (the default) or {@code https}} */
    public String scheme() {
        return scheme;
    }

    /** {@return the header fields as sent} */
    public Headers headers() {
        return headers;
    }

    /**
     * {@return the body; at its end from the start if there is none} Reading may block for as long as the client is
     * slow.
     */
    public InputStream body() {
        return body;
    }

    /** {@return the exact number of bytes in the body, 0 without one, -1 if only the end of the stream will tell} */
    public long contentLength() {
        return contentLength;
    }

    /** {@return what tells when the body can be read without waiting; empty if the transport does not know} */
    public Optional<Readiness> readiness() {
        return Optional.ofNullable(readiness);
    }

    /**
     * The same request with another body.
     *
     * @param stream as in {@link Builder#body(InputStream, long)}
     * @param length its exact length, or -1 if unknown
     * @return the copy
     */
    public WagiRequest withBody(InputStream stream, long length) {
        return new Builder(method, target)
                .addHeaders(headers)
                .from(this)
                .body(stream, length)
                .build();
    }

    /** {@return the client's IP address in text form, {@code 127.0.0.1} by default; IPv6 without brackets} */
    public String remoteAddress() {
        return remoteAddress;
    }

    /** {@return the client's port, 0 to 65535; -1, the default, if it is not known} */
    public int remotePort() {
        return remotePort;
    }

    /** {@return the IP address that the client connected to, in text form; empty if it is not known} */
    public Optional<String> serverAddress() {
        return Optional.ofNullable(serverAddress);
    }

    /**
     * {@return what the embedding server takes for the host that the client asked for, if that is something else than
     * the Host field says: it knows what proxies are in front} A host, perhaps with a port, in the form of the Host
     * field.
     */
    public Optional<String> serverName() {
        return Optional.ofNullable(serverName);
    }

    /**
     * {@return the port that goes with {@link #serverName()}, 1 to 65535; -1 if it is the one in there, or else the
     * scheme's}
     */
    public int serverPort() {
        return serverPort;
    }

    /** {@return the scheme by which the embedding server authenticated the request, if it did} */
    public Optional<String> authType() {
        return Optional.ofNullable(authType);
    }

    /** {@return the user that the embedding server authenticated, if it did} */
    public Optional<String> remoteUser() {
        return Optional.ofNullable(remoteUser);
    }

    /** Method only: targets and headers hold secrets. */
    @Override
    public String toString() {
        return "WagiRequest[" + method + "]";
    }

    /** Collects the parts of a request. Not thread-safe. */
    public static final class Builder {
        private final String method;
        private String target;
        private final Headers.Builder headers = Headers.builder();
        private String mountPath = "";
        private String protocol = "HTTP/1.1";
        private String scheme = "http";
        private InputStream body = InputStream.nullInputStream();
        private long contentLength;
        private @Nullable Readiness readiness;
        private String remoteAddress = "127.0.0.1";
        private int remotePort = -1;
        private @Nullable String serverAddress;
        private @Nullable String serverName;
        private int serverPort = -1;
        private @Nullable String authType;
        private @Nullable String remoteUser;

        private Builder(String method, String target) {
            this.method = Objects.requireNonNull(method, "method");
            this.target = Objects.requireNonNull(target, "target");
        }

        /**
         * Adds a header field; see {@link Headers.Builder#add}.
         *
         * @param name the field name
         * @param value the field value
         * @return this builder
         */
        public Builder addHeader(String name, String value) {
            headers.add(name, value);
            return this;
        }

        /**
         * Adds header fields in their order.
         *
         * @param fields the fields to add
         * @return this builder
         */
        public Builder addHeaders(Headers fields) {
            headers.addAll(fields);
            return this;
        }

        /**
         * Sets {@link #target()}.
         *
         * @param pathAndQuery the raw path, and {@code ?} and the raw query if there is one
         * @return this builder
         */
        public Builder target(String pathAndQuery) {
            this.target = Objects.requireNonNull(pathAndQuery, "pathAndQuery");
            return this;
        }

        /**
         * Sets {@link #mountPath()}.
         *
         * @param path the raw leading part of the path; empty for none
         * @return this builder
         */
        public Builder mountPath(String path) {
            this.mountPath = Objects.requireNonNull(path, "path");
            return this;
        }

        /**
         * Sets {@link #protocol()}.
         *
         * @param name the protocol and version, for instance {@code HTTP/2.0}
         * @return this builder
         */
        public Builder protocol(String name) {
            this.protocol = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets {@link #scheme()}.
         *
         * @param name {@code http} or {@code https}
         * @return this builder
         */
        public Builder scheme(String name) {
            this.scheme = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets a body that is at hand; the array is not copied.
         *
         * @param bytes the whole body
         * @return this builder
         */
        public Builder body(byte[] bytes) {
            return body(new ByteArrayInputStream(bytes), bytes.length);
        }

        /**
         * Sets a streamed body.
         *
         * @param stream the body; never closed by WAGI
         * @param length its exact length, or -1 if unknown
         * @return this builder
         */
        public Builder body(InputStream stream, long length) {
            this.body = Objects.requireNonNull(stream, "stream");
            this.contentLength = length;
            this.readiness = null;
            return this;
        }

        /**
         * Sets a streamed body that can be waited for without a thread.
         *
         * @param stream the body; never closed by WAGI
         * @param length its exact length, or -1 if unknown
         * @param ready tells when the stream can be read without waiting
         * @return this builder
         */
        public Builder body(InputStream stream, long length, Readiness ready) {
            body(stream, length);
            this.readiness = Objects.requireNonNull(ready, "ready");
            return this;
        }

        /**
         * Takes from another request where it came from and how: everything but method, target, header fields and body.
         *
         * @param request the request to take it from
         * @return this builder
         */
        public Builder from(WagiRequest request) {
            this.mountPath = request.mountPath;
            this.protocol = request.protocol;
            this.scheme = request.scheme;
            this.remoteAddress = request.remoteAddress;
            this.remotePort = request.remotePort;
            this.serverAddress = request.serverAddress;
            this.serverName = request.serverName;
            this.serverPort = request.serverPort;
            this.authType = request.authType;
            this.remoteUser = request.remoteUser;
            return this;
        }

        /**
         * Sets {@link #remoteAddress()}.
         *
         * @param address an IP address in text form, IPv6 without brackets
         * @return this builder
         */
        public Builder remoteAddress(String address) {
            this.remoteAddress = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets {@link #remotePort()}.
         *
         * @param port 0 to 65535, or -1 if it is not known
         * @return this builder
         */
        public Builder remotePort(int port) {
            this.remotePort = port;
            return this;
        }

        /**
         * Sets {@link #serverAddress()}.
         *
         * @param address an IP address in text form
         * @return this builder
         */
        public Builder serverAddress(String address) {
            this.serverAddress = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets {@link #serverName()} and {@link #serverPort()}.
         *
         * @param name the host, as in {@link #serverName()}
         * @param port the port, as in {@link #serverPort()}
         * @return this builder
         */
        public Builder server(String name, int port) {
            this.serverName = Objects.requireNonNull(name, "name");
            this.serverPort = port;
            return this;
        }

        /**
         * Sets {@link #authType()}.
         *
         * @param name the authentication scheme, for instance {@code Basic}
         * @return this builder
         */
        public Builder authType(String name) {
            this.authType = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets {@link #remoteUser()}.
         *
         * @param name the authenticated user
         * @return this builder
         */
        public Builder remoteUser(String name) {
            this.remoteUser = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * The request. What a client may get wrong is answered with 400 when it is handled, it does not fail here.
         *
         * @return the request
         */
        public WagiRequest build() {
            return new WagiRequest(this);
        }
    }
}
