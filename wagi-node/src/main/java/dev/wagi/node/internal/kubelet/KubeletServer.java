// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import dev.wagi.core.internal.transport.Knock;
import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.log.ContainerLog;
import dev.wagi.node.internal.pod.Pods;
import dev.wagi.node.internal.registration.NodeSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kubelet API, as far as it applies to WAGI: logs, pods, statistics, health. Callers have a certificate of the
 * cluster or a token, and the cluster decides what they may do; only the health checks are public.
 */
public final class KubeletServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KubeletServer.class);

    private static final int THREADS = 64;

    /** The maximum number of logs that are followed; each occupies a thread. */
    private static final int FOLLOWERS = 40;

    private static final int MAX_CONNECTIONS = 256;
    private static final int IDLE_MILLIS = 30_000;
    private static final String TEXT = "text/plain; charset=utf-8";

    private static final Set<String> STREAMS = Set.of("exec", "attach", "portForward", "run", "cri");

    private static final String NO_STREAMS =
            "not supported by WAGI nodes: a container is a WebAssembly module that runs once"
                    + " for each request, so there is no process to enter; see its log with kubectl logs, and send"
                    + " it requests at the"
                    + " pod's address\n";

    private final Server server;
    private final Callers callers;
    private final Pods pods;
    private final Api api;
    private final Statistics statistics;
    private final Clock clock;
    private final Semaphore followers = new Semaphore(FOLLOWERS);

    private KubeletServer(NodeSettings settings, Api api, Pods pods, Path data, Clock clock) {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
        threads.setName("wagi-kubelet");
        threads.setDaemon(true);
        this.server = new Server(threads);
        this.callers = new Callers(api, settings.name(), clock);
        this.pods = pods;
        this.api = api;
        this.statistics = new Statistics(settings, pods, data, clock);
        this.clock = clock;
    }

    /**
     * Starts listening.
     *
     * @param listen the address to listen on
     * @param context the TLS context, with the certificate and the certificate authority for callers
     * @throws NodeException if the port is in use
     */
    public static KubeletServer start(
            NodeSettings settings, String listen, SSLContext context, Api api, Pods pods, Path data, Clock clock) {
        KubeletServer kubelet = new KubeletServer(settings, api, pods, data, clock);
        kubelet.listen(listen, settings.port(), context);
        return kubelet;
    }

    private void listen(String host, int port, SSLContext context) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        tls.setWantClientAuth(true);
        tls.setIncludeProtocols("TLSv1.2", "TLSv1.3");
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.addCustomizer(new SecureRequestCustomizer(false));
        ServerConnector connector = new ServerConnector(
                server, 1, 1, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        server.setHandler(new Answers());
        server.setErrorHandler(KubeletServer::failed);
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new NodeException(
                    "the kubelet API cannot listen on " + host + ":" + port + ": " + e.getMessage()
                            + "; choose another --kubelet-port",
                    e);
        }
    }

    /**
     * Looks whether it still accepts and handles connections. A server with {@value #MAX_CONNECTIONS} clients does not
     * accept more, and counts as one that answers.
     *
     * @param limit how long that may take at most
     */
    public boolean isAnswering(Duration limit) {
        return server.isRunning()
                && server.getConnectors()[0] instanceof ServerConnector connector
                && (!connector.isAccepting() || isAnswering(connector, limit));
    }

    private static boolean isAnswering(ServerConnector connector, Duration limit) {
        try {
            return connector.getTransport() instanceof ServerSocketChannel socket
                    && (Knock.isAnswered(socket.getLocalAddress(), limit) || !connector.isAccepting());
        } catch (IOException e) {
            return false; // it was closed
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.debug("the kubelet API did not stop cleanly", e);
        }
    }

    private final class Answers extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            try {
                KubeletServer.this.answer(request, response, callback);
            } catch (Callers.BusyException e) {
                text(response, callback, 503, e.getMessage() + "\n");
            } catch (NodeException e) {
                // The API server, which decides on callers, cannot be reached.
                LOG.warn("a call of the kubelet API could not be authorized: {}", e.getMessage());
                text(response, callback, 503, "the API server cannot be reached\n");
            } catch (IOException e) {
                callback.failed(e);
            }
            return true;
        }
    }

    private void answer(Request request, Response response, Callback callback)
            throws IOException, InterruptedException {
        String path = Request.getPathInContext(request);
        String method = request.getMethod();
        if (path.equals("/healthz") || path.equals("/readyz") || path.equals("/livez")) {
            text(response, callback, 200, "ok");
            return;
        }
        Optional<Caller> caller = caller(request);
        if (caller.isEmpty()) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
            text(response, callback, 401, "Unauthorized\n");
            return;
        }
        String[] parts = path.substring(1).split("/", -1);
        String verb = verb(method);
        String subresource = subresource(parts[0]);
        if (!callers.isAllowed(caller.get(), verb, subresource)
                && (subresource.equals("proxy") || !callers.isAllowed(caller.get(), verb, "proxy"))) {
            text(
                    response,
                    callback,
                    403,
                    "Forbidden (verb=" + verb + ", resource=nodes, subresource=" + subresource + ")\n");
            return;
        }
        if (STREAMS.contains(parts[0])) {
            text(response, callback, 501, NO_STREAMS);
        } else if (!method.equals("GET")) {
            text(response, callback, 405, "Method Not Allowed\n");
        } else if (parts[0].equals("containerLogs") && parts.length == 4) {
            logs(parts, request, response, callback);
        } else if (path.equals("/pods") || path.equals("/pods/") || path.startsWith("/runningpods")) {
            Map<String, Object> list = new LinkedHashMap<>();
            list.put("kind", "PodList");
            list.put("apiVersion", "v1");
            list.put("metadata", Map.of());
            list.put("items", pods.list());
            json(response, callback, list);
        } else if (path.startsWith("/stats/summary")) {
            json(response, callback, statistics.summary());
        } else if (path.equals("/metrics/resource")) {
            text(response, callback, 200, statistics.resources());
        } else if (path.equals("/metrics")) {
            text(response, callback, 200, pods.traffic());
        } else {
            text(response, callback, 404, "404 page not found\n");
        }
    }

    private Optional<Caller> caller(Request request) {
        if (request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE) instanceof EndPoint.SslSessionData session
                && session.peerCertificates() != null
                && session.peerCertificates().length > 0) {
            X509Certificate certificate = session.peerCertificates()[0];
            return Callers.of(certificate);
        }
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return callers.ofToken(authorization.substring(7).strip());
        }
        return Optional.empty();
    }

    private static String verb(String method) {
        return switch (method) {
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> "delete";
            default -> "get";
        };
    }

    private static String subresource(String first) {
        return switch (first) {
            case "stats" -> "stats";
            case "metrics" -> "metrics";
            case "pods", "runningpods" -> "pods";
            default -> "proxy";
        };
    }

    private void logs(String[] parts, Request request, Response response, Callback callback)
            throws IOException, InterruptedException {
        LogQuery query;
        try {
            query = LogQuery.of(Request.extractQueryParameters(request), clock);
        } catch (IllegalArgumentException e) {
            text(response, callback, 400, e.getMessage() + "\n");
            return;
        }
        Optional<ContainerLog> log = pods.log(parts[1], parts[2], parts[3]);
        if (log.isEmpty()) {
            boolean known = pods.has(parts[1], parts[2]);
            text(
                    response,
                    callback,
                    known ? 400 : 404,
                    known ? "the pod has no such container\n" : "there is no such pod on this node\n");
            return;
        }
        if (query.previous() && !log.get().hasPrevious()) {
            text(
                    response,
                    callback,
                    400,
                    "previous terminated container \"" + parts[3] + "\" in pod \"" + parts[2] + "\" not found\n");
            return;
        }
        if (query.follow() && !followers.tryAcquire()) {
            text(response, callback, 429, "too many logs are being followed; try again later\n");
            return;
        }
        try {
            if (query.follow()) {
                // A log may have no output for hours.
                request.addIdleTimeoutListener(timeout -> false);
                // isThere() would take the next request for the client's end.
                response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, TEXT);
            OutputStream out = Content.Sink.asOutputStream(response);
            if (query.follow()) {
                out.flush();
            }
            EndPoint client = request.getConnectionMetaData().getConnection().getEndPoint();
            query.write(log.get(), out, () -> isThere(client));
            out.close();
            callback.succeeded();
        } finally {
            if (query.follow()) {
                followers.release();
            }
        }
    }

    /**
     * Whether the client of a response that has not ended is still connected. That it has gone is noticed by reading
     * only, which Jetty does not do before the response has ended. A client that sends something has gone, too: nothing
     * is expected of it, and it could hide its end behind much.
     */
    private static boolean isThere(EndPoint client) throws IOException {
        return client.isOpen() && client.fill(BufferUtil.allocate(1)) == 0;
    }

    private void json(Response response, Callback callback, Map<String, Object> body) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        Content.Sink.write(response, true, api.write(body), callback);
    }

    /** Answers what Jetty refuses. Its own page repeats the path, which may name pods of strangers. */
    private static boolean failed(Request request, Response response, Callback callback) {
        text(response, callback, response.getStatus(), HttpStatus.getMessage(response.getStatus()) + "\n");
        return true;
    }

    private static void text(Response response, Callback callback, int status, String body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, TEXT);
        Content.Sink.write(response, true, body, callback);
    }
}
