// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.text.Foreign;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests. GET and HEAD follow at most five redirects. A redirect from HTTPS to HTTP is refused, and
 * Authorization is kept only while scheme, host and port stay the same (OCI distribution spec, "Pulling blobs").
 * Thread-safe.
 */
public final class Transport {

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    private static final int MAX_REDIRECTS = 5;

    private static final int UNAUTHORIZED = 401;
    private static final int PROXY_AUTHENTICATION_REQUIRED = 407;

    /** The message of the JDK's client if a proxy refuses a CONNECT request. */
    private static final Pattern REFUSED_TUNNEL = Pattern.compile("Tunnel failed, got: ([0-9]{3})");

    private final HttpClient client;
    private final Proxies proxies;
    private final Duration response;
    private final Duration idle;

    /**
     * Creates a transport.
     *
     * @param tls determines the trusted certificates
     * @param proxies the configured proxies; if they name none, the JVM's default applies
     * @param connect the time limit for a connection
     * @param response the time limit for a response header
     * @param idle the time limit between two pieces of a body
     */
    public Transport(SSLContext tls, Proxies proxies, Duration connect, Duration response, Duration idle) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connect)
                .sslContext(tls)
                .proxy(new Selector(proxies))
                .build();
        this.proxies = proxies;
        this.response = response;
        this.idle = idle;
    }

    /** Selects the proxy for the JDK's client. */
    private static final class Selector extends ProxySelector {
        private final Proxies proxies;

        Selector(Proxies proxies) {
            this.proxies = proxies;
        }

        @Override
        public List<Proxy> select(URI uri) {
            Optional<Proxies.Proxy> proxy = proxies.of(Origin.of(uri));
            if (proxy.isPresent()) {
                return List.of(new Proxy(Proxy.Type.HTTP, proxy.get().address()));
            }
            ProxySelector standard = ProxySelector.getDefault();
            return proxies.isPresent() || standard == null ? List.of(Proxy.NO_PROXY) : standard.select(uri);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            // Nothing to do: the request fails and reports the reason.
        }
    }

    /**
     * Sends a request and follows redirects.
     *
     * @throws TransferException if the request failed and may be retried
     * @throws OciException.Insecure if the connection would be insecure; a retry does not help
     */
    public Answer send(Request request, Deadline deadline) throws IOException {
        Origin asked = Origin.of(request.uri());
        Request current = request;
        boolean firstHand = true;
        for (int redirects = 0; ; redirects++) {
            HttpResponse<InputStream> head = exchange(current, deadline);
            warn(head, asked);
            Answer answer = new Answer(head.statusCode(), head.headers(), current.uri(), firstHand, head.body());
            Optional<String> location = answer.field("Location");
            if (!isRedirect(answer.status()) || !request.isSafe() || location.isEmpty()) {
                return answer;
            }
            answer.close();
            if (redirects == MAX_REDIRECTS) {
                throw new OciException.Unavailable(
                        "the registry answered with more than " + MAX_REDIRECTS + " redirects; ask its operator");
            }
            URI target = redirect(current.uri(), location.get());
            Origin next = Origin.of(target);
            if (next.isPlain() && !Origin.of(current.uri()).isPlain()) {
                throw new OciException.Insecure(
                        "the registry redirects from https to " + Foreign.quoted(next.toString())
                                + ", where anyone on the way can read and change what is sent; ask its operator to"
                                + " redirect to https");
            }
            firstHand = firstHand && next.equals(asked);
            current = current.to(target, next.equals(Origin.of(current.uri())));
        }
    }

    /**
     * Sends a request and returns a redirect like any other response.
     *
     * @throws TransferException if the request failed and may be retried
     */
    public Answer sendOnce(Request request, Deadline deadline) throws IOException {
        HttpResponse<InputStream> head = exchange(request, deadline);
        return new Answer(head.statusCode(), head.headers(), request.uri(), true, head.body());
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** Resolves the Location of a redirect or an upload, which may be relative. */
    public static URI redirect(URI from, String location) throws TransferException {
        try {
            URI target = from.resolve(new URI(location.strip()));
            Origin.of(target);
            return target;
        } catch (java.net.URISyntaxException | IllegalArgumentException e) {
            throw new TransferException(
                    "the registry answered with the Location " + Foreign.quoted(location)
                            + ", which is not a valid URL",
                    e);
        }
    }

    private static void warn(HttpResponse<?> head, Origin asked) {
        for (String warning : head.headers().allValues("Warning")) {
            if (warning.startsWith("299 ")) {
                LOG.warn("the registry {} warns: {}", asked, Foreign.quoted(warning.substring(4)));
            }
        }
    }

    private HttpResponse<InputStream> exchange(Request request, Deadline deadline) throws IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri()).header("User-Agent", "wagi");
        request.fields().forEach(builder::header);
        if (request.authorization() != null) {
            builder.header("Authorization", request.authorization());
        }
        Origin origin = Origin.of(request.uri());
        Proxies.Proxy proxy = proxies.of(origin).orElse(null);
        if (proxy != null && proxy.authorization() != null) {
            builder.header("Proxy-Authorization", proxy.authorization());
        }
        Request.Body body = request.body();
        builder.method(
                request.method(),
                body == null
                        ? BodyPublishers.noBody()
                        : BodyPublishers.ofByteArray(body.bytes(), body.offset(), body.length()));
        Duration left = deadline.left();
        // A response header arrives only after the request body was sent, for which there is no limit but the deadline.
        Duration limit = body == null && response.compareTo(left) < 0 ? response : left;
        CompletableFuture<HttpResponse<InputStream>> exchange =
                client.sendAsync(builder.build(), head -> new BodyStream(idle, deadline));
        boolean done = false;
        try {
            HttpResponse<InputStream> head = exchange.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            refuseIfProxyDid(head, proxy, origin);
            done = true;
            return head;
        } catch (TimeoutException e) {
            throw new TransferException("no response within " + limit.toMillis() / 1000.0 + " s", e);
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNullElse(e.getCause(), e), origin, proxy);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("was interrupted");
        } finally {
            if (!done) {
                exchange.cancel(true);
                // The response may have arrived in the meantime.
                exchange.thenAccept(head -> abandon(head.body()));
            }
        }
    }

    /**
     * Refuses responses that a proxy wrote itself because it does not let the request through. For plain HTTP, fields
     * of the response often identify the proxy. A response through a tunnel is the registry's, whose own reverse proxy
     * may write the same fields, also together with a challenge.
     */
    private static void refuseIfProxyDid(HttpResponse<?> head, Proxies.@Nullable Proxy proxy, Origin origin)
            throws TransferException {
        int status = head.statusCode();
        boolean isProxys = status == PROXY_AUTHENTICATION_REQUIRED
                || origin.isPlain()
                        && status >= 400
                        && status != UNAUTHORIZED
                        && (head.headers().firstValue("X-Squid-Error").isPresent()
                                || head.headers().firstValue("Proxy-Status").isPresent());
        if (proxy != null && isProxys) {
            throw refused(proxy, origin, status);
        }
        if (status == PROXY_AUTHENTICATION_REQUIRED) {
            throw new OciException.Unavailable("the proxy of the JVM requires a user and a password for " + origin
                    + " (407); name it in the environment, as http://user:password@host:port in HTTPS_PROXY"
                    + " or HTTP_PROXY");
        }
    }

    /**
     * Returns or throws what a proxy's refusal means.
     *
     * @return the exception if the request may be retried
     * @throws OciException.Unavailable if a retry does not help
     */
    private static TransferException refused(Proxies.Proxy proxy, Origin origin, int status) {
        if (status == PROXY_AUTHENTICATION_REQUIRED) {
            throw new OciException.Unavailable(proxy + " refuses " + origin + " (407): "
                    + (proxy.authorization() == null
                            ? "it requires a user and a password; write http://user:password@host:port"
                            : "it does not accept this user and password, or Java does not send them: it sends"
                                    + " Basic to a"
                                    + " proxy for https only with -Djdk.http.auth.tunneling.disabledSchemes="));
        }
        if (Retry.isPassing(status)) {
            return new TransferException(proxy + " cannot reach " + origin + " (" + status + ")");
        }
        throw new OciException.Unavailable(proxy + " refuses " + origin + " (" + status
                + "); ask its operator to allow that host and port, or add the host to NO_PROXY if it can"
                + " be reached directly");
    }

    private static void abandon(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            LOG.debug("the body of a response that arrived too late cannot be closed", e);
        }
    }

    private static IOException failure(Throwable cause, Origin origin, Proxies.@Nullable Proxy proxy) {
        if (cause instanceof OciException refusal) {
            throw refusal;
        }
        String through = proxy == null ? "" : " through " + proxy;
        if (cause instanceof HttpConnectTimeoutException) {
            return TransferException.unreached("no connection to " + origin + through + " in time", cause);
        }
        Matcher tunnel = REFUSED_TUNNEL.matcher(String.valueOf(cause.getMessage()));
        if (proxy != null && tunnel.find()) {
            return refused(proxy, origin, Integer.parseInt(tunnel.group(1)));
        }
        if (proxy != null && cause instanceof ConnectException) {
            return TransferException.unreached(
                    "no connection to " + proxy + ", which " + origin
                            + " is reached through; does that host exist, and is a proxy running there?",
                    cause);
        }
        if (cause instanceof ConnectException) {
            return TransferException.unreached(
                    "no connection to " + origin + "; does the host exist, and is a server running there?", cause);
        }
        if (cause instanceof SSLException && !isBrokenOff(cause)) {
            throw new OciException.Insecure(
                    "there is no secure connection to " + origin + through + " ("
                            + Foreign.quoted(String.valueOf(cause.getMessage()))
                            + "); name the certificate of the CA that issued the registry's, or, for a registry"
                            + " without TLS, declare it insecure",
                    cause);
        }
        if (cause instanceof IOException) {
            return new TransferException("the connection to " + origin + through + " was lost", cause);
        }
        throw new IllegalStateException("BUG: a request to a registry failed; please report this", cause);
    }

    /** A connection reset during TLS is an SSLException whose cause is an I/O failure. */
    private static boolean isBrokenOff(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause instanceof java.io.EOFException || cause instanceof java.net.SocketException;
    }
}
