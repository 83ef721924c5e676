// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import dev.wagi.bindle.BindleSource;
import java.io.IOException;
import java.net.ConnectException;
import java.net.PasswordAuthentication;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Reads bindles from a server. */
final class BindleServer implements BindleStore {

    private static final int OK = 200;

    /**
     * Matches names and literals only: the answer of a name server must not cause a password to be sent unencrypted.
     */
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]", Pattern.CASE_INSENSITIVE);

    private final URI url;
    private final @Nullable String authorization;
    private final boolean insecure;
    private final Limits limits;
    private final HttpClient client;

    BindleServer(BindleSource settings, Limits limits) {
        this.url = settings.url().orElseThrow();
        this.authorization = settings.basicAuth().map(BindleServer::basic).orElse(null);
        this.insecure = settings.isInsecureTls();
        this.limits = limits;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(limits.connect());
        if (insecure) {
            builder.sslContext(trustingAnyone());
        }
        this.client = builder.build();
    }

    @Override
    public String invoice(BindleId id) {
        return url + "/_i/" + id;
    }

    @Override
    public String parcel(BindleId id, String sha256) {
        return invoice(id) + "@" + sha256;
    }

    @Override
    public void fetch(String location, Intake intake) throws BindleException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(location)).timeout(limits.response());
        if (authorization != null) {
            if (!insecure
                    && "http".equalsIgnoreCase(url.getScheme())
                    && !LOOPBACK.matcher(url.getHost()).matches()) {
                throw new BindleException("the password would be sent over plain http, where anyone can read it;"
                        + " use https, or allow insecure connections");
            }
            request.header("Authorization", authorization);
        }
        CompletableFuture<HttpResponse<Optional<BindleException>>> exchange =
                client.sendAsync(request.build(), head -> new Body(head, intake));
        HttpResponse<Optional<BindleException>> response;
        try {
            response = exchange.get(limits.overall().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BindleException("did not arrive within " + seconds(limits.overall()) + "; try again later", e);
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BindleException("was not fetched because loading was interrupted; try again", e);
        } finally {
            exchange.cancel(true);
        }
        if (response.statusCode() != OK) {
            throw new BindleException(refusal(response.statusCode()));
        }
        if (response.body().isPresent()) {
            throw response.body().get();
        }
    }

    /**
     * Returns the shorter time, because the client reports the limit of the whole response as one of connecting if it
     * occurs while connecting.
     */
    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private BindleException failure(Throwable cause) {
        if (cause instanceof HttpConnectTimeoutException) {
            return new BindleException(
                    "the server was not reached within " + seconds(shorter(limits.connect(), limits.response()))
                            + "; check its URL",
                    cause);
        }
        if (cause instanceof HttpTimeoutException) {
            return new BindleException(
                    "the server did not answer within " + seconds(limits.response()) + "; try again later", cause);
        }
        if (cause instanceof ConnectException) {
            return new BindleException("the server cannot be reached; check its URL and whether it runs", cause);
        }
        if (cause instanceof SSLException) {
            return new BindleException(
                    "no secure connection to the server (" + cause.getMessage()
                            + "); let the JVM trust its certificate, or allow insecure connections",
                    cause);
        }
        if (cause instanceof IOException) {
            return new BindleException("the connection failed (" + cause + "); try again", cause);
        }
        throw new IllegalStateException("BUG: a request to a bindle server failed; please report this", cause);
    }

    private String refusal(int status) {
        String answered = "the server answered " + status + "; ";
        if (status >= 300 && status < 400) {
            return answered + "redirects are not followed, so use the URL that it redirects to";
        }
        return answered
                + switch (status) {
                    case 401 ->
                        authorization == null
                                ? "it requires a user and a password"
                                : "it does not accept this user and password";
                    case 403 -> "this user does not have permission to read the bindle";
                    case 404 -> "check the bindle's name and version, or push it to the server";
                    default ->
                        status >= 500
                                ? "try again later, or see the server's log"
                                : "check that the URL is a bindle server's";
                };
    }

    private static String basic(PasswordAuthentication credentials) {
        String pair = credentials.getUserName() + ":" + new String(credentials.getPassword());
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String seconds(Duration time) {
        return time.toMillis() / 1000.0 + " s";
    }

    private static SSLContext trustingAnyone() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Gullible()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has TLS", e);
        }
    }

    /** Passes a body to an intake. A body that is too large or belongs to an error response is not read. */
    private static final class Body implements HttpResponse.BodySubscriber<Optional<BindleException>> {
        private final HttpResponse.ResponseInfo head;
        private final Intake intake;
        private final CompletableFuture<Optional<BindleException>> result = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        Body(HttpResponse.ResponseInfo head, Intake intake) {
            this.head = head;
            this.intake = intake;
        }

        @Override
        public CompletionStage<Optional<BindleException>> getBody() {
            return result;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            if (head.statusCode() != OK) {
                end(Optional.empty());
                return;
            }
            try {
                intake.checkSize(
                        head.headers().firstValueAsLong("Content-Length").orElse(0));
                given.request(1);
            } catch (NumberFormatException e) {
                end(Optional.of(new BindleException("the server sent a malformed Content-Length; check its URL", e)));
            } catch (BindleException e) {
                end(Optional.of(e));
            }
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            if (result.isDone() || subscription == null) {
                return;
            }
            try {
                for (ByteBuffer buffer : buffers) {
                    intake.add(buffer);
                }
                subscription.request(1);
            } catch (BindleException e) {
                end(Optional.of(e));
            }
        }

        @Override
        public void onError(Throwable failure) {
            result.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            result.complete(Optional.empty());
        }

        private void end(Optional<BindleException> outcome) {
            result.complete(outcome);
            if (subscription != null) {
                subscription.cancel();
            }
        }
    }

    /**
     * Accepts every certificate. It is an extended trust manager because the JDK adds host name verification to plain
     * ones.
     */
    private static final class Gullible extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
