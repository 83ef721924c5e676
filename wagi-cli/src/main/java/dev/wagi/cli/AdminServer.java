// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.server.WagiServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * What operators ask a server for, on an address of its own: {@code /metrics}, {@code /healthz} and {@code /readyz},
 * and of the console if there is one. It answers from before modules are loaded until the process ends, or on a shared
 * port while clients are served. It runs no guest. Thread-safe.
 */
final class AdminServer implements AutoCloseable {

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

    private static final HttpField NO_STORE = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");
    private static final HttpField ALLOW = new PreEncodedHttpField(HttpHeader.ALLOW, "GET, HEAD");

    private static final int THREADS = 8;
    private static final int CONNECTIONS = 64;
    private static final int IDLE_MILLIS = 30_000;
    private static final int CROWDED_MILLIS = 2000;
    private static final int HEADER_BYTES = 8 << 10;

    /** What the server can do for clients. */
    private enum State {
        LOADING,
        READY,
        STOPPING
    }

    private final Server server;
    private final ServerConnector connector;
    private final ListenAddress address;
    private final boolean shared;
    private volatile State state = State.LOADING;

    private AdminServer(ListenAddress wanted, boolean shared, PrometheusMeterRegistry registry, Paths others)
            throws IOException {
        ServerSocketChannel socket = shared
                ? WagiServer.bindShared(wanted.host(), wanted.port())
                : WagiServer.bind(wanted.host(), wanted.port());
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
        threads.setName("wagi-admin");
        threads.setDaemon(true);
        this.server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setSendServerVersion(false);
        this.connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setIdleTimeout(IDLE_MILLIS);
        connector.open(socket);
        server.addConnector(connector);
        NetworkConnectionLimit limit = new NetworkConnectionLimit(CONNECTIONS, connector);
        limit.setEndPointIdleTimeout(CROWDED_MILLIS);
        server.addBean(limit);
        server.setHandler(new Answers(registry, others));
        server.setErrorHandler((request, response, callback) -> {
            answer(response, callback, response.getStatus(), TEXT, HttpStatus.getMessage(response.getStatus()) + "\n");
            return true;
        });
        this.address = new ListenAddress(wanted.host(), connector.getLocalPort());
        this.shared = shared;
    }

    /**
     * Starts to answer: healthy, and not ready.
     *
     * @param shared whether other processes may have the port as well, which answer once this one is stopping
     * @param others what other paths there are
     * @throws IOException if it cannot
     */
    static AdminServer start(ListenAddress wanted, boolean shared, PrometheusMeterRegistry registry, Paths others)
            throws IOException {
        AdminServer admin = new AdminServer(wanted, shared, registry, others);
        try {
            admin.server.start();
        } catch (Exception e) {
            throw new IOException("cannot serve on " + admin.address + ", given with --admin-listen: " + e, e);
        }
        return admin;
    }

    /** Returns where it is, for instance {@code http://127.0.0.1:9090}. */
    String uri() {
        return "http://" + address;
    }

    /** From now on clients are served. */
    void ready() {
        state = State.READY;
    }

    /**
     * From now on a load balancer should send no more clients. A shared port is left to the process that takes over:
     * what asks there has to hear of that one, also those who have kept a connection.
     */
    void stopping() {
        state = State.STOPPING;
        if (shared) {
            connector.shutdown();
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            // The process ends.
        }
    }

    /** Returns the state in a word: {@code loading}, {@code ready} or {@code stopping}. */
    String state() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** Paths besides those of every administration. */
    @FunctionalInterface
    interface Paths {
        /** There are none. */
        Paths NONE = (request, response, callback) -> false;

        /** Answers a request, or returns false. */
        boolean handle(Request request, Response response, Callback callback);
    }

    private final class Answers extends Handler.Abstract {
        private final PrometheusMeterRegistry registry;
        private final Paths others;

        Answers(PrometheusMeterRegistry registry, Paths others) {
            this.registry = registry;
            this.others = others;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            if (others.handle(request, response, callback)) {
                return true;
            }
            if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
                response.getHeaders().put(ALLOW);
                answer(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, TEXT, "Method Not Allowed\n");
                return true;
            }
            switch (Request.getPathInContext(request)) {
                case "/metrics" -> {
                    String accepted = request.getHeaders().get(HttpHeader.ACCEPT);
                    boolean open = accepted != null && accepted.contains(OPEN_METRICS);
                    String type = open ? OPEN_METRICS_TYPE : PROMETHEUS;
                    answer(response, callback, HttpStatus.OK_200, type, registry.scrape(type));
                }
                case "/healthz" -> answer(response, callback, HttpStatus.OK_200, TEXT, "ok\n");
                case "/readyz" -> {
                    State now = state;
                    int status = now == State.READY ? HttpStatus.OK_200 : HttpStatus.SERVICE_UNAVAILABLE_503;
                    answer(response, callback, status, TEXT, text(now));
                }
                default -> answer(response, callback, HttpStatus.NOT_FOUND_404, TEXT, "Not Found\n");
            }
            return true;
        }
    }

    private static String text(State state) {
        return switch (state) {
            case LOADING -> "modules are being loaded\n";
            case READY -> "ok\n";
            case STOPPING -> "stopping\n";
        };
    }

    private static void answer(Response response, Callback callback, int status, String type, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.getHeaders().put(NO_STORE);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
