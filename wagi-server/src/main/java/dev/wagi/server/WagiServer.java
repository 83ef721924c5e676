// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.Wagi;
import dev.wagi.core.internal.transport.Knock;
import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server for one {@link Wagi}: HTTP/1.1, and with {@linkplain Builder#tls TLS} also HTTP/2. Thread-safe.
 *
 * <p>Each request takes a thread while its guest runs, and none while it waits for its turn. What it takes of a client:
 * {@linkplain Builder#maxRequestHeaderBytes 16 KiB} of request line and header, {@linkplain Builder#headerTimeout 30
 * seconds} for them, {@linkplain Builder#idleTimeout 30 seconds} without a byte, and {@linkplain Builder#maxConnections
 * so many connections}.
 */
public final class WagiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WagiServer.class);

    /** What the most threads are at least, as in Jetty. */
    private static final int LEAST_THREADS = 200;

    /** Idle threads that are kept, with those of the listener: a process may have hundreds of servers. */
    private static final int MIN_THREADS = 3;

    /** Threads besides those that run guests: for sockets, and for requests that are answered without a guest. */
    private static final int SPARE_THREADS = 64;

    /** Threads that guests which nothing ends may keep: so many until their places are not given to others any more. */
    private static final int LOST_THREADS = 256;

    /** What a response's head takes as a rule; Jetty makes more room if it does not fit. */
    private static final int USUAL_HEADER_BYTES = 1 << 10;

    /**
     * What most requests fit into; of larger ones so much is read at a time, but of large bodies {@link #BODY_BYTES}.
     */
    static final int INPUT_BYTES = 2 << 10;

    /** What is read of a large body at a time. */
    static final int BODY_BYTES = 16 << 10;

    private static final int REQUEST_HEADER_BYTES = 16 << 10;

    /** Less, and ordinary requests of browsers would be refused; more, and each connection could take megabytes. */
    private static final int LEAST_HEADER_BYTES = 1 << 10;

    private static final int MOST_HEADER_BYTES = 1 << 20;

    /** More than the 64 KiB that a guest may print. */
    private static final int RESPONSE_HEADER_BYTES = 128 << 10;

    /** How long a connection may be idle, or a header take, when there are as many connections as there may be. */
    private static final Duration CROWDED = Duration.ofSeconds(2);

    /** After half of it, threads that still run are interrupted. */
    private static final int INTERRUPT_MILLIS = 1000;

    /** Between two looks at connections that may get requests. */
    private static final int LOOK_MILLIS = 5;

    /** A longer time is unlimited; its milliseconds would overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private final Server server;
    private final Listener listener;
    private final int port;
    private final URI uri;
    private final @Nullable Tls tls;
    private final Duration handOver;
    private boolean closed; // guarded by this

    private WagiServer(Server server, Listener listener, int port, URI uri, @Nullable Tls tls, Duration handOver) {
        this.server = server;
        this.listener = listener;
        this.port = port;
        this.uri = uri;
        this.tls = tls;
        this.handOver = handOver;
    }

    /**
     * Starts the settings of a server; requests go to the given host, which stays the caller's to close.
     *
     * @param wagi the host to serve
     * @return settings with their defaults
     */
    public static Builder builder(Wagi wagi) {
        return new Builder(Objects.requireNonNull(wagi, "wagi"));
    }

    /**
     * Opens a listening socket before there is a host to serve, for {@link Builder#socket}: a port that is in use is
     * reported before modules are loaded, and clients that connect meanwhile wait instead of being refused.
     *
     * @param nameOrAddress as in {@link Builder#host}
     * @param port 0 to 65535; 0 for any free one
     * @return the socket, the caller's to close until a server has it
     * @throws WagiServerException if it cannot listen on the address
     */
    public static ServerSocketChannel bind(String nameOrAddress, int port) {
        Builder.checkHost(nameOrAddress);
        Builder.checkPort(port);
        return Listener.bind(new Address(nameOrAddress, port), false);
    }

    /**
     * Opens a listening socket as {@link #bind(String, int)} does, whose port other processes of the same user may have
     * as well if they open it in this way (SO_REUSEPORT). The system gives each connection to one of them, so a new
     * process can serve before the old one ends; give the server that gets the socket {@link Builder#handOver} time.
     *
     * @param nameOrAddress as in {@link Builder#host}
     * @param port 0 to 65535; 0 for any free one
     * @return the socket, the caller's to close until a server has it
     * @throws WagiServerException if it cannot listen on the address, or the system cannot share ports
     */
    public static ServerSocketChannel bindShared(String nameOrAddress, int port) {
        Builder.checkHost(nameOrAddress);
        Builder.checkPort(port);
        return Listener.bind(new Address(nameOrAddress, port), true);
    }

    /**
     * Opens a listening Unix domain socket, as {@link #bind(String, int)} does for an address. Its file may be used by
     * the user and the group of this process (mode 0660), and is removed when the server stops. A file that a killed
     * process has left is replaced if nobody answers on it. Guests see {@code unix} as REMOTE_ADDR; trust {@code unix}
     * with {@link dev.wagi.core.Wagi.Builder#addTrustedProxies(String...)} if a proxy connects to it.
     *
     * @param file the path of the socket, in a directory that exists
     * @return the socket, the caller's to close until a server has it; closing it leaves the file
     * @throws WagiServerException if it cannot listen there
     */
    public static ServerSocketChannel bind(Path file) {
        return SocketFile.bind(file);
    }

    /** {@return the port it listens on, also if any free one was asked for; -1 for a Unix domain socket} */
    public int port() {
        return port;
    }

    /**
     * {@return where it is, for instance {@code http://127.0.0.1:3000}, {@code https} with TLS; IPv6 in brackets;
     * {@code unix:/run/wagi.sock} for a Unix domain socket}
     */
    public URI uri() {
        return uri;
    }

    /**
     * Reads certificate and key from their files again, without a break: connections from now on get them, others keep
     * what they have. Does nothing without {@linkplain Builder#tls TLS}.
     *
     * @throws WagiServerException if they are not good; those from before stay in use
     */
    public void reloadCertificate() {
        if (tls != null) {
            tls.reload();
        }
    }

    /**
     * Looks whether this server still does what it is for: accepts a connection, answers on it, and has a thread left.
     * This is for watchdogs, which start a process again that hangs. The look runs no guest, and neither many clients
     * nor slow guests make it fail: while there are {@linkplain Builder#maxConnections as many connections as there may
     * be}, or others are accepted before the one of this look, only threads are looked at. Blocks for the time that
     * this takes.
     *
     * @param limit how long it may take at most, above 0
     * @return whether it answered; false if it is closed
     * @throws IllegalArgumentException if the limit is not above 0
     */
    public boolean isAnswering(Duration limit) {
        return Pulse.isThere(server, listener, Knock.limit(limit));
    }

    /**
     * Stops: no connection is accepted any more, requests in flight may finish within the {@linkplain Builder#grace
     * grace}, others are answered with 503. Then what still runs is interrupted and all connections are closed. Returns
     * when that is done; closing again does nothing. The {@link Wagi} is not closed.
     */
    @Override
    public void close() {
        close(LONGEST);
    }

    /**
     * Stops as {@link #close()} does, with another time for requests in flight.
     *
     * @param grace how long they may take at most; the time that it was started with is used if that is shorter
     * @throws IllegalArgumentException if it is negative
     */
    public synchronized void close(Duration grace) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative");
        }
        if (closed) {
            return;
        }
        closed = true;
        if (grace.compareTo(LONGEST) < 0) {
            server.setStopTimeout(Math.min(server.getStopTimeout(), grace.toMillis()));
        }
        try {
            if (!handOver.isZero()) {
                leave();
            }
            server.stop();
        } catch (TimeoutException e) {
            LOG.warn("requests that ran for longer than the grace of {} ms were broken off", server.getStopTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("the server on {} did not stop cleanly", uri, e);
        }
        LOG.info("stopped serving on {}", uri);
    }

    /** Gives up the socket, and the connections one after the other. */
    private void leave() {
        long began = System.nanoTime();
        listener.leave();
        long nanos = Math.min(handOver.toNanos(), TimeUnit.MILLISECONDS.toNanos(server.getStopTimeout()));
        try {
            while (listener.mayGetRequests() && System.nanoTime() - began < nanos) {
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Stops as {@link #close(Duration)} does, and takes no thread while requests in flight finish: for programs that
     * stop many servers. A server that hands its port over ({@link Builder#handOver}) takes a thread of the executor
     * for all of it.
     *
     * @param grace how long they may take at most; the time that it was started with is used if that is shorter
     * @param executor runs what is to be done after that, which takes about a second at most
     * @return completes when the server has stopped; exceptionally if the executor refuses the task, and
     *     {@link #close()} is to be called
     * @throws IllegalArgumentException if the grace is negative
     */
    public CompletableFuture<Void> closeAsync(Duration grace, Executor executor) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative");
        }
        if (!handOver.isZero()) {
            return CompletableFuture.completedFuture(null).thenRunAsync(() -> close(grace), executor);
        }
        CompletableFuture<Void> requests;
        long millis;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.completedFuture(null);
            }
            long most = server.getStopTimeout();
            millis = grace.compareTo(LONGEST) < 0 ? Math.min(most, grace.toMillis()) : most;
            requests = Graceful.shutdown(server);
        }
        return requests.copy()
                .completeOnTimeout(null, millis, TimeUnit.MILLISECONDS)
                .handleAsync(
                        (none, failure) -> {
                            if (!requests.isDone() && millis > 0) {
                                LOG.warn(
                                        "requests that ran for longer than the grace of {} ms were broken off", millis);
                            }
                            close(Duration.ZERO);
                            return null;
                        },
                        executor);
    }

    private static final class Threads extends QueuedThreadPool {

        Threads(int most, int least) {
            super(most, least);
        }

        /** Jetty gives it what is left of the grace, when no request is left but threads that never end. */
        @Override
        public void setStopTimeout(long millis) {
            super.setStopTimeout(Math.min(millis, INTERRUPT_MILLIS));
        }
    }

    /** The settings of a server. Not thread-safe. */
    public static final class Builder {
        private final Wagi wagi;
        private String host = "127.0.0.1";
        private int port = 3000;
        private Duration grace = Duration.ofSeconds(30);
        private int maxConnections = 4096;
        private int maxConnectionsPerAddress;
        private Duration headerTimeout = Duration.ofSeconds(30);
        private Duration idleTimeout = Duration.ofSeconds(30);
        private int maxRequestHeaderBytes = REQUEST_HEADER_BYTES;
        private @Nullable Path certificateChain;
        private @Nullable Path privateKey;
        private @Nullable ServerSocketChannel socket;
        private @Nullable IoThreads io;
        private Duration handOver = Duration.ZERO;

        private Builder(Wagi wagi) {
            this.wagi = wagi;
        }

        /**
         * The address or name of the network interface to listen on; {@code 127.0.0.1} by default, so that only this
         * machine is served. {@code 0.0.0.0} for all interfaces.
         *
         * @param nameOrAddress an IP address or a host name
         * @return this builder
         * @throws IllegalArgumentException if it is empty
         */
        public Builder host(String nameOrAddress) {
            checkHost(nameOrAddress);
            this.host = nameOrAddress;
            return this;
        }

        private static void checkHost(String nameOrAddress) {
            if (nameOrAddress.isEmpty()) {
                throw new IllegalArgumentException("nameOrAddress must not be empty");
            }
        }

        /**
         * The port to listen on; 3000 by default, 0 for any free one.
         *
         * @param number 0 to 65535
         * @return this builder
         * @throws IllegalArgumentException if it is not in 0 to 65535
         */
        public Builder port(int number) {
            checkPort(number);
            this.port = number;
            return this;
        }

        private static void checkPort(int number) {
            if (number < 0 || number > 0xffff) {
                throw new IllegalArgumentException("port must be 0 to 65535, not " + number);
            }
        }

        /**
         * A socket to listen on instead of {@link #host} and {@link #port}: one from {@link WagiServer#bind}, or one
         * that the process inherited ({@link System#inheritedChannel()}). The server closes it, also when it cannot
         * start.
         *
         * @param bound to an internet address, whose port is the server's, or to a path
         * @return this builder
         */
        public Builder socket(ServerSocketChannel bound) {
            this.socket = Objects.requireNonNull(bound, "bound");
            return this;
        }

        /**
         * Threads that wait for the sockets of several servers; by default the server has four of its own. For a
         * process with many servers, of which each is asked now and then: a request costs some microseconds more. A
         * server on a Unix domain socket has its own all the same.
         *
         * @param threads to be closed by the caller; they end when the last server that uses them is closed
         * @return this builder
         */
        public Builder ioThreads(IoThreads threads) {
            this.io = Objects.requireNonNull(threads, "threads");
            return this;
        }

        /**
         * How long requests in flight may take to finish when the server is closed; 30 seconds by default.
         *
         * @param limit the time, 0 or more
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder grace(Duration limit) {
            if (limit.isNegative()) {
                throw new IllegalArgumentException("grace must not be negative");
            }
            this.grace = limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
            return this;
        }

        /**
         * What a stop does first if other processes or sockets listen on the address as well: it accepts no connection
         * any more, and answers the requests of those it has, also their first, for so long at most; each HTTP/1
         * connection ends after its next response. Only then {@link #grace} begins. 0, the default, for a socket that
         * nobody else has: clients could not connect meanwhile. Has no effect for a Unix domain socket.
         *
         * @param limit the time, 0 or more; a second is enough for clients that send requests one after the other
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder handOver(Duration limit) {
            if (limit.isNegative()) {
                throw new IllegalArgumentException("handOver must not be negative");
            }
            this.handOver = limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
            return this;
        }

        /**
         * How many clients may be connected at the same time; 4096 by default. Beyond that connections are not
         * accepted, and those on which nothing happens, or no request has arrived, are closed after two seconds, until
         * there is room again. Each takes a file descriptor of this process, and up to some hundred kilobytes.
         *
         * @param number the number of connections, above 0
         * @return this builder
         * @throws IllegalArgumentException if it is not above 0
         */
        public Builder maxConnections(int number) {
            if (number <= 0) {
                throw new IllegalArgumentException("maxConnections must be above 0, not " + number);
            }
            this.maxConnections = number;
            return this;
        }

        /**
         * How many connections one client may have at the same time; any number by default. More are closed as soon as
         * they are accepted. A client is an IPv4 address, or the first 64 bits of an IPv6 one. Behind a proxy all
         * connections are the proxy's: leave it out there.
         *
         * @param number the number of connections, above 0
         * @return this builder
         * @throws IllegalArgumentException if it is not above 0
         */
        public Builder maxConnectionsPerAddress(int number) {
            if (number <= 0) {
                throw new IllegalArgumentException("maxConnectionsPerAddress must be above 0, not " + number);
            }
            this.maxConnectionsPerAddress = number;
            return this;
        }

        /**
         * How long a request line and header may take to arrive, from the connection's first byte (in TLS the handshake
         * is part of it), or from the last response on a connection that is kept; 30 seconds by default, two seconds
         * while there are {@linkplain #maxConnections as many connections as there may be}. After that the connection
         * is closed. In HTTP/2 it is the time without any request.
         *
         * @param limit the time, a millisecond or more
         * @return this builder
         * @throws IllegalArgumentException if it is less than a millisecond
         */
        public Builder headerTimeout(Duration limit) {
            this.headerTimeout = checkTimeout("headerTimeout", limit);
            return this;
        }

        /**
         * How long a client may neither send nor take a byte that the server waits for: of a request's body that its
         * guest reads, or of a response; 30 seconds by default, two seconds while there are {@linkplain #maxConnections
         * as many connections as there may be}. After that the connection is closed, or the stream of HTTP/2 is reset.
         * The time in which a guest computes does not count, and between requests {@link #headerTimeout} ends a
         * connection as well.
         *
         * @param limit the time, a millisecond or more
         * @return this builder
         * @throws IllegalArgumentException if it is less than a millisecond
         */
        public Builder idleTimeout(Duration limit) {
            this.idleTimeout = checkTimeout("idleTimeout", limit);
            return this;
        }

        private static Duration checkTimeout(String name, Duration limit) {
            if (limit.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException(name + " must be 1 ms or more, not " + limit);
            }
            return limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
        }

        /**
         * How many bytes a request line and header may have together; 16 KiB by default. A longer request line is
         * answered with 414, a longer header with 431. A connection takes as much memory as its header is long.
         *
         * @param number 1024 (1 KiB) to 1048576 (1 MiB)
         * @return this builder
         * @throws IllegalArgumentException if it is not in that range
         */
        public Builder maxRequestHeaderBytes(int number) {
            if (number < LEAST_HEADER_BYTES || number > MOST_HEADER_BYTES) {
                throw new IllegalArgumentException("maxRequestHeaderBytes must be " + LEAST_HEADER_BYTES + " to "
                        + MOST_HEADER_BYTES + ", not " + number);
            }
            this.maxRequestHeaderBytes = number;
            return this;
        }

        /**
         * Serves with TLS 1.2 and 1.3 only, and HTTP/2 to clients that ask for it by ALPN; none by default. The files
         * are PEM and are read by {@link #start}, and again by {@link WagiServer#reloadCertificate}.
         *
         * @param certificateChain the server's certificate, then those of its issuers
         * @param privateKey of the first certificate, not encrypted: PKCS#8 ({@code PRIVATE KEY}), PKCS#1 ({@code RSA
         *     PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}). May be the same file
         * @return this builder
         */
        public Builder tls(Path certificateChain, Path privateKey) {
            this.certificateChain = Objects.requireNonNull(certificateChain, "certificateChain");
            this.privateKey = Objects.requireNonNull(privateKey, "privateKey");
            return this;
        }

        /**
         * {@return a server that accepts requests}
         *
         * @throws WagiServerException if it cannot listen on the address, or not with this certificate and key
         */
        public WagiServer start() {
            try {
                return startOnce();
            } catch (RuntimeException | Error e) {
                Listener.close(socket);
                throw e;
            }
        }

        private WagiServer startOnce() {
            Tls tls = certificateChain == null || privateKey == null ? null : new Tls(certificateChain, privateKey);
            ConnectionFactory[] protocols = protocols(tls);
            IoThreads shared = isUnix(socket) ? null : io;
            if (shared != null && shared.isClosed()) {
                throw new IllegalStateException(IoThreads.CLOSED);
            }
            // Requests that wait for their turn take none of them.
            QueuedThreadPool threads = new Threads(
                    Math.max(LEAST_THREADS, wagi.maxTotalConcurrency() + SPARE_THREADS + LOST_THREADS),
                    shared == null ? MIN_THREADS : 0);
            threads.setName("wagi");
            threads.setStopTimeout(INTERRUPT_MILLIS);
            // A buffer is never used again: see RATIONALE, "Why are buffers of connections not pooled?".
            Server server =
                    new Server(threads, shared == null ? null : shared.timer(), new ByteBufferPool.NonPooling());
            server.setHandler(new GracefulHandler(new WagiHandler(wagi)));
            server.setErrorHandler(new PlainErrors());
            server.setStopTimeout(grace.toMillis());
            Duration leaving = isUnix(socket) ? Duration.ZERO : handOver;
            Listener listener = new Listener(server, shared, !leaving.isZero(), protocols);
            listener.limitPerAddress(maxConnectionsPerAddress);
            listener.setIdleTimeout(idleTimeout.toMillis());
            listener.setShutdownIdleTimeout(idleTimeout.toMillis());
            server.addConnector(listener);
            NetworkConnectionLimit limit = new NetworkConnectionLimit(maxConnections, listener);
            limit.setEndPointIdleTimeout(Math.min(CROWDED.toMillis(), idleTimeout.toMillis()));
            server.addBean(limit);
            HeaderDeadline deadline = new HeaderDeadline(listener, limit, headerTimeout, CROWDED);
            listener.onOpened(deadline::watch);
            server.addBean(deadline);
            Address address = listen(listener);
            URI uri = address.uri(tls != null);
            try {
                server.start();
            } catch (Exception e) {
                listener.close();
                throw new WagiServerException(
                        "Cannot serve on " + address + ": " + e + ". This is unexpected; please report it.", e);
            }
            LOG.info("serving on {}", uri);
            return new WagiServer(server, listener, address.port(), uri, tls, leaving);
        }

        private static boolean isUnix(@Nullable ServerSocketChannel socket) {
            try {
                return socket != null && socket.getLocalAddress() instanceof UnixDomainSocketAddress;
            } catch (IOException e) {
                return false; // it is closed, which the listener reports
            }
        }

        private Address listen(Listener listener) {
            if (socket != null) {
                return listener.listen(socket);
            }
            int chosen = listener.listen(Listener.bind(new Address(host, port), false))
                    .port();
            return new Address(host, chosen);
        }

        private ConnectionFactory[] protocols(@Nullable Tls tls) {
            HttpConnectionFactory http1 = new HttpConnectionFactory(http());
            http1.setInputBufferSize(INPUT_BYTES);
            return tls == null ? new ConnectionFactory[] {http1} : tls.protocols(http1);
        }

        private HttpConfiguration http() {
            HttpConfiguration http = new HttpConfiguration();
            // WAGI judges paths itself and wants them as they were sent.
            http.setUriCompliance(UriCompliance.UNSAFE.without(
                    "WAGI", UriCompliance.Violation.FRAGMENT, UriCompliance.Violation.USER_INFO));
            // RFC 9112, section 3.2.2: with a whole URL as target, the Host field is ignored.
            http.setHttpCompliance(HttpCompliance.RFC9110.with("WAGI", HttpCompliance.Violation.MISMATCHED_AUTHORITY));
            http.setHeaderCacheCaseSensitive(true); // values reach the guest as they were sent
            http.setRequestHeaderSize(maxRequestHeaderBytes);
            http.setMaxResponseHeaderSize(RESPONSE_HEADER_BYTES);
            http.setSendServerVersion(false);
            // Without a Host field Jetty would take the local address, which a Unix domain socket does not have. Not
            // used.
            http.setServerAuthority(new HostPort("localhost"));
            // Direct ones would be given back by the garbage collector only.
            http.setUseInputDirectByteBuffers(false);
            http.setUseOutputDirectByteBuffers(false);
            http.setResponseHeaderSize(USUAL_HEADER_BYTES);
            return http;
        }
    }
}
