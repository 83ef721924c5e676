// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.ContinueProtocolHandler;
import org.eclipse.jetty.client.DuplexConnectionPool;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.ProcessingProtocolHandler;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientConnectionFactory;
import org.eclipse.jetty.client.transport.HttpClientTransportDynamic;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An outbound client based on Jetty's: HTTP/1.1, and HTTP/2 if an {@code https} server supports it. The first request
 * starts it.
 *
 * <p>A connection belongs to one address, host, port and module, and carries one exchange at a time. Proxies are never
 * used, regardless of the system properties.
 */
public final class JettyHttpClient implements OutboundHttpClient {

    private static final Logger LOG = LoggerFactory.getLogger(JettyHttpClient.class);

    private static final int MAX_HEADER_BYTES = 64 << 10;
    private static final int MAX_THREADS = 32;
    private static final int MAX_CONNECTIONS = 256;
    private static final long CONNECT_MILLIS = 10_000;
    private static final long IDLE_MILLIS = 10_000;

    /** The number of bytes of an HTTP/2 response that may be received but not read yet. */
    private static final int WINDOW_BYTES = 128 << 10;

    private static final long STOP_MILLIS = 1_000;

    /** How long close waits for the client to stop. */
    private static final long STOPPED_MILLIS = 10 * STOP_MILLIS;

    private static final long RELEASE_MILLIS = 100;

    /** The methods whose requests have a Content-Length even without a body. */
    private static final Set<String> WITH_BODY = Set.of("POST", "PUT");

    private final @Nullable SSLContext trust;
    private final Consumer<HttpClient> made;

    // Guarded by this.
    private @Nullable CompletableFuture<Started> client;
    private int inUse;
    private boolean closed;

    /**
     * Creates a client, which the first request starts.
     *
     * @param trust determines the trusted certificates; null for those of the JVM
     */
    public JettyHttpClient(@Nullable SSLContext trust) {
        this(trust, jetty -> {});
    }

    /** For tests, which may change Jetty's client before it is started. */
    JettyHttpClient(@Nullable SSLContext trust, Consumer<HttpClient> made) {
        this.trust = trust;
        this.made = made;
    }

    /** Connects to one address only. */
    private static final class Pinned extends Transport.Wrapper {
        private final InetSocketAddress address;

        /**
         * Creates a transport to an address.
         *
         * @param host the host name of the address, which Jetty uses for SNI and to verify the certificate
         */
        Pinned(String host, InetAddress address, int port) throws UnknownHostException {
            super(Transport.TCP_IP);
            this.address = new InetSocketAddress(InetAddress.getByAddress(host, address.getAddress()), port);
        }

        @Override
        public boolean requiresDomainNameResolution() {
            return false;
        }

        @Override
        public SocketAddress getSocketAddress() {
            return address;
        }

        /** Equality matters because this is part of the key of the connection pool. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Pinned pinned && address.equals(pinned.address);
        }

        @Override
        public int hashCode() {
            return address.hashCode();
        }
    }

    @Override
    public Response send(OutboundHttpClient.Request request) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + request.timeout().toNanos();
        CompletableFuture<Started> starting = begin();
        boolean sent = false;
        try {
            Started started = await(starting, deadline);
            for (int i = 0; ; i++) {
                try {
                    Response response =
                            send(started, request, request.addresses().get(i), deadline);
                    sent = true;
                    return response;
                } catch (NotConnectedException e) {
                    if (i == request.addresses().size() - 1) {
                        throw e;
                    }
                    LOG.debug("no connection; trying the next address", e);
                }
            }
        } finally {
            if (!sent) {
                end();
            }
        }
    }

    /** No connection could be made and nothing was sent, so another address may be tried. */
    private static final class NotConnectedException extends IOException {
        private static final long serialVersionUID = 1L;

        NotConnectedException(Throwable cause) {
            super("no connection", cause);
        }
    }

    private Response send(Started started, OutboundHttpClient.Request request, InetAddress address, long deadline)
            throws IOException, InterruptedException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException("the time limit is exceeded");
        }
        var exchange = started.jetty
                .newRequest(withKnownHost(request.uri()))
                .host(request.host())
                .port(request.port())
                .method(request.method())
                .transport(new Pinned(request.host(), address, request.port()))
                .tag(request.module())
                .timeout(millis, TimeUnit.MILLISECONDS)
                .idleTimeout(millis, TimeUnit.MILLISECONDS);
        exchange.headers(fields -> request.headers().forEach(field -> fields.add(field.name(), field.value())));
        if (request.body().length > 0 || WITH_BODY.contains(request.method())) {
            exchange.body(new BytesRequestContent((String) null, request.body()));
        }
        AtomicReference<Meter> meter = new AtomicReference<>();
        exchange.onRequestBegin(begun -> {
            Connection connection = begun.getConnection();
            Meter found = started.connector.of(connection.getLocalSocketAddress(), connection.getRemoteSocketAddress());
            if (found == null) {
                begun.abort(new SocketException("the connection is closed"));
            } else {
                meter.set(found);
                found.begin();
            }
        });
        AtomicBoolean answered = new AtomicBoolean();
        exchange.onResponseHeaders(head -> {
            if (answered.getAndSet(true)) {
                exchange.abort(new IOException("the server sends a second response"));
            }
        });
        InputStreamResponseListener listener = new InputStreamResponseListener();
        boolean good = false;
        try {
            exchange.send(listener);
            var head = listener.get(millis, TimeUnit.MILLISECONDS);
            Headers.Builder headers = Headers.builder();
            for (HttpField field : head.getHeaders()) {
                headers.add(field.getName(), field.getValue() == null ? "" : field.getValue());
            }
            Response response = new JettyResponse(
                    exchange, head.getStatus(), headers.build(), listener, Objects.requireNonNull(meter.get()));
            good = true;
            return response;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof SocketException || cause instanceof SocketTimeoutException) {
                throw new NotConnectedException(cause);
            }
            throw new IOException("the exchange failed", cause);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no response within the time limit");
        } catch (IllegalArgumentException e) {
            throw new IOException("the response has malformed headers", e);
        } finally {
            if (!good) {
                exchange.abort(new CancellationException("given up"));
            }
        }
    }

    /**
     * Replaces the host of a URI, because Jetty uses {@link URI#getHost}, which does not support names with {@code _}.
     * The real host is set separately.
     */
    private static URI withKnownHost(URI uri) {
        String query = uri.getRawQuery();
        return URI.create(uri.getScheme() + "://host.invalid" + uri.getRawPath() + (query == null ? "" : "?" + query));
    }

    private synchronized CompletableFuture<Started> begin() {
        // The client is started even after close, because requests that began earlier may still need it.
        CompletableFuture<Started> known = client;
        if (known == null || known.isCompletedExceptionally()) {
            CompletableFuture<Started> starting = new CompletableFuture<>();
            undisturbed(() -> start(starting));
            known = starting;
            client = known;
        }
        inUse++;
        return known;
    }

    private static Started await(CompletableFuture<Started> starting, long deadline)
            throws IOException, InterruptedException {
        try {
            return starting.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("the client did not start in time");
        } catch (ExecutionException e) {
            throw new IOException("Jetty's client could not be started", e.getCause());
        }
    }

    private void end() {
        stop(takeUnused(true));
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        await(stop(takeUnused(false)));
    }

    /** The client, if nobody will need it any more. */
    private synchronized @Nullable CompletableFuture<Started> takeUnused(boolean exchangeEnds) {
        if (exchangeEnds) {
            inUse--;
        }
        if (inUse > 0 || !closed) {
            return null;
        }
        CompletableFuture<Started> unused = client;
        client = null;
        return unused;
    }

    /** Begins to stop a client, as soon as it has started. */
    private static Future<?> stop(@Nullable CompletableFuture<Started> unused) {
        return unused == null
                ? CompletableFuture.completedFuture(null)
                : unused.thenAcceptAsync(started -> stop(started.jetty), JettyHttpClient::undisturbed);
    }

    private static void await(Future<?> stopped) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOPPED_MILLIS);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    stopped.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Jetty's client has not stopped", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void stop(HttpClient jetty) {
        try {
            jetty.stop();
        } catch (Exception e) {
            LOG.debug("Jetty's client did not stop properly", e);
        }
    }

    /**
     * Runs a task on a thread that nobody interrupts, as guests' threads are until they end: Jetty leaves its selector
     * open permanently if it is interrupted while it starts or stops.
     */
    private static void undisturbed(Runnable task) {
        Thread thread = new Thread(task, "wagi-outbound-control");
        thread.setDaemon(true);
        thread.setContextClassLoader(JettyHttpClient.class.getClassLoader());
        thread.start();
    }

    /** Jetty's client, and the connector that meters its connections. */
    private record Started(HttpClient jetty, Meter.Connector connector) {}

    private void start(CompletableFuture<Started> starting) {
        try {
            starting.complete(start());
        } catch (Exception | Error e) {
            starting.completeExceptionally(e);
        }
    }

    private Started start() throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 1);
        threads.setName("wagi-outbound");
        threads.setDaemon(true);
        threads.setIdleTimeout((int) IDLE_MILLIS);
        threads.setStopTimeout(STOP_MILLIS);
        SslContextFactory.Client tls = new SslContextFactory.Client();
        if (trust != null) {
            tls.setSslContext(trust);
        }
        Meter.Connector connector = new Meter.Connector();
        connector.setExecutor(threads);
        // Buffers are never reused; see RATIONALE, "Why are buffers of connections not pooled?".
        connector.setByteBufferPool(new ByteBufferPool.NonPooling());
        connector.setScheduler(new ScheduledExecutorScheduler("wagi-outbound-timer", true));
        connector.setSelectors(1);
        connector.setSslContextFactory(tls);
        HTTP2Client http2 = new HTTP2Client(connector);
        http2.setMaxResponseHeadersSize(MAX_HEADER_BYTES);
        http2.setUseInputDirectByteBuffers(false);
        http2.setUseOutputDirectByteBuffers(false);
        http2.setInitialStreamRecvWindow(WINDOW_BYTES);
        http2.setInitialSessionRecvWindow(WINDOW_BYTES);
        http2.setFlowControlStrategyFactory(() -> new BoundedFlowControl(connector));
        http2.setMaxConcurrentPushedStreams(0);
        // The first protocol is used without TLS, and with servers that do not negotiate. With ALPN, servers choose
        // HTTP/2 if
        // they support it.
        HttpClientTransportDynamic transport = new HttpClientTransportDynamic(
                connector, HttpClientConnectionFactory.HTTP11, new ClientConnectionFactoryOverHTTP2.HTTP2(http2));
        // One exchange at a time per connection, so that the exchanges of guests do not affect each other.
        transport.setConnectionPoolFactory(destination -> new DuplexConnectionPool(destination, MAX_CONNECTIONS));
        HttpClient jetty = new HttpClient(transport);
        jetty.setName("wagi-outbound");
        jetty.setUseInputDirectByteBuffers(false);
        jetty.setUseOutputDirectByteBuffers(false);
        jetty.setConnectTimeout(CONNECT_MILLIS);
        jetty.setIdleTimeout(IDLE_MILLIS);
        jetty.setDestinationIdleTimeout(IDLE_MILLIS);
        jetty.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
        jetty.setFollowRedirects(false);
        jetty.setHttpCookieStore(new HttpCookieStore.Empty());
        jetty.setUserAgentField(null);
        jetty.setDefaultRequestContentType(null);
        jetty.setMaxRequestHeadersSize(2 * MAX_HEADER_BYTES);
        jetty.setMaxResponseHeadersSize(MAX_HEADER_BYTES);
        made.accept(jetty);
        try {
            jetty.start();
        } catch (Exception | Error e) {
            stop(jetty);
            throw e;
        }
        // The guest decodes bodies; the client must not handle redirects, authentication and upgrades.
        jetty.getContentDecoderFactories().clear();
        jetty.getProtocolHandlers().remove(RedirectProtocolHandler.NAME);
        jetty.getProtocolHandlers().remove(WWWAuthenticationProtocolHandler.NAME);
        jetty.getProtocolHandlers().remove(ProxyAuthenticationProtocolHandler.NAME);
        jetty.getProtocolHandlers().remove(ContinueProtocolHandler.NAME);
        jetty.getProtocolHandlers().remove(ProcessingProtocolHandler.NAME);
        jetty.getProtocolHandlers().remove(EarlyHintsProtocolHandler.NAME);
        jetty.getProtocolHandlers().put(new InterimResponses());
        return new Started(jetty, connector);
    }

    /** A response whose status and headers have arrived. */
    private final class JettyResponse implements Response {
        private final org.eclipse.jetty.client.Request exchange;
        private final int status;
        private final Headers headers;
        private final InputStreamResponseListener listener;
        private final Body body;
        private boolean ended;

        JettyResponse(
                org.eclipse.jetty.client.Request exchange,
                int status,
                Headers headers,
                InputStreamResponseListener listener,
                Meter meter) {
            this.exchange = exchange;
            this.status = status;
            this.headers = headers;
            this.listener = listener;
            this.body = new Body(listener.getInputStream(), meter);
        }

        @Override
        public int status() {
            return status;
        }

        @Override
        public Headers headers() {
            return headers;
        }

        @Override
        public InputStream body() {
            return body;
        }

        @Override
        public void close() {
            if (!ended) {
                ended = true;
                boolean again = false;
                try {
                    // The connection returns to the pool shortly after the last byte was read.
                    again = body.complete
                            && listener.await(RELEASE_MILLIS, TimeUnit.MILLISECONDS)
                                    .isSucceeded();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (TimeoutException e) {
                    LOG.debug("a connection did not return to the pool in time", e);
                }
                if (!again) {
                    exchange.abort(new CancellationException("closed"));
                }
                try {
                    body.close();
                } catch (IOException e) {
                    LOG.debug("a body did not close properly", e);
                } finally {
                    end();
                }
            }
        }
    }

    /** Counts the bytes read, and records whether the end was reached, after which the connection can be reused. */
    private static final class Body extends FilterInputStream {
        private final Meter meter;
        private boolean complete;

        Body(InputStream in, Meter meter) {
            super(in);
            this.meter = meter;
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            note(octet < 0 ? octet : 1);
            return octet;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            note(count);
            return count;
        }

        private void note(int count) {
            if (count < 0) {
                complete = true;
            } else {
                meter.content(count);
            }
        }
    }
}
