// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request as a transport hands it over: nothing is decoded, nothing is dropped.
 *
 * <p>Immutable except for the body, which is a stream that is read at most once, by the thread that handles the
 * request. The transport owns the stream; WAGI never closes it.
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

    /** Reports when the body can be read without blocking, for transports without one thread per request. */
    @FunctionalInterface
    public interface Readiness {

        /**
         * {@return whether a read of the body would return at once, with bytes, end of stream or an exception}
         *
         * @param later is run once, as soon as a read would return at once, if it would not now; on a thread of the
         *     transport, possibly before this method returns. It blocks only on disk I/O. A later call replaces it
         */
        boolean isReady(Runnable later);
    }

    /**
     * Creates a GET request without a body.
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
     * @param method the method, a case-sensitive token
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
     * {@return the origin-form of the request target: the raw path, then {@code ?} and the raw query if there is one}
     * Percent-encoded as sent, one {@code char} per octet, never with scheme, host or fragment.
     */
    public String target() {
        return target;
    }

    /**
     * {@return the leading part of the path that the embedding server has consumed (context path and servlet path), raw
     * as in {@link #target()}; empty by default} Routes match the rest of the path; SCRIPT_NAME begins with this part.
     */
    public String mountPath() {
        return mountPath;
    }

    /** {@return the protocol and version, the value of SERVER_PROTOCOL; {@code HTTP/1.1} by default} */
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
     * {@return the body; at end of stream from the start if there is none} Reading blocks until the client sends more.
     */
    public InputStream body() {
        return body;
    }

    /** {@return the exact number of bytes in the body, 0 without one, -1 if the length is not known in advance} */
    public long contentLength() {
        return contentLength;
    }

    /** {@return reports when the body can be read without blocking; empty if the transport cannot tell} */
    public Optional<Readiness> readiness() {
        return Optional.ofNullable(readiness);
    }

    /**
     * Returns a copy of this request with another body.
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

    /**
     * Returns a copy with other header fields and the same body, which only one of the two can be used to read.
     *
     * @param fields all fields of the copy
     * @return the copy
     */
    public WagiRequest withHeaders(Headers fields) {
        Builder copy = new Builder(method, target).addHeaders(fields).from(this);
        return (readiness == null ? copy.body(body, contentLength) : copy.body(body, contentLength, readiness)).build();
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
     * {@return the host that the client asked for according to the embedding server, if it differs from the Host field:
     * the server knows which proxies are in front of it} A host, optionally with a port, in the form of the Host field.
     */
    public Optional<String> serverName() {
        return Optional.ofNullable(serverName);
    }

    /**
     * {@return the port for {@link #serverName()}, 1 to 65535; -1 to use the port in that name, or else the scheme's
     * default}
     */
    public int serverPort() {
        return serverPort;
    }

    /** {@return the scheme with which the embedding server authenticated the request; empty if it did not} */
    public Optional<String> authType() {
        return Optional.ofNullable(authType);
    }

    /** {@return the user that the embedding server authenticated; empty if it did not} */
    public Optional<String> remoteUser() {
        return Optional.ofNullable(remoteUser);
    }

    /** Returns the method only, because targets and headers may hold secrets. */
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
         * @param pathAndQuery the raw path, followed by {@code ?} and the raw query if there is one
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
         * Sets a body that is complete in memory; the array is not copied.
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
         * Sets a streamed body whose arrival can be awaited without a thread.
         *
         * @param stream the body; never closed by WAGI
         * @param length its exact length, or -1 if unknown
         * @param ready reports when the stream can be read without blocking
         * @return this builder
         */
        public Builder body(InputStream stream, long length, Readiness ready) {
            body(stream, length);
            this.readiness = Objects.requireNonNull(ready, "ready");
            return this;
        }

        /**
         * Copies the origin and transport properties of another request: everything except method, target, header
         * fields and body.
         *
         * @param request the request to copy from
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
         * Creates the request. Mistakes that a client can make are not rejected here; they are answered with 400 when
         * the request is handled.
         *
         * @return the request
         */
        public WagiRequest build() {
            return new WagiRequest(this);
        }
    }
}
