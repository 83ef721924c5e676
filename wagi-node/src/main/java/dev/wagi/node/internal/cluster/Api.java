// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API calls of a node, one HTTP request each. None of them reads first, because a node may not read every object
 * that it may patch. Thread-safe.
 */
public final class Api implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Api.class);

    private static final String PKCS8_BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String JSON = "application/json";
    private static final String STRATEGIC_MERGE = "application/strategic-merge-patch+json";

    /** The time limit of a call including its retries, longer than the client's limit for one attempt. */
    private static final int PATIENCE_SECONDS = 30;

    private static final int TRY_MILLIS = 10_000;
    private static final int REPETITIONS = 2;
    private static final int PAUSE_MILLIS = 200;

    private static final Pattern PATH =
            Pattern.compile("(/(?!\\.\\.?(/|\\?|$))[A-Za-z0-9._:~-]+)+(\\?[A-Za-z0-9=&._:~-]*)?");

    private final Supplier<KubernetesClient> connect;
    private final URI server;
    private volatile KubernetesClient client;
    private @Nullable PodWatch watch; // guarded by this
    private boolean closed; // guarded by this

    private Api(Supplier<KubernetesClient> connect) {
        this.connect = connect;
        this.client = connect.get();
        this.server = client.getMasterUrl() == null
                ? URI.create(client.getConfiguration().getMasterUrl())
                : URI.create(client.getMasterUrl().toString());
    }

    /** Returns the API of a kubeconfig's server, with its user. */
    public static Api of(Config config) {
        return new Api(() -> builder(config).build());
    }

    /** Returns the API with a client certificate that may change during use; call {@link #reconnect} after a change. */
    static Api of(Config config, KeyManager key, TrustManager authorities) {
        JdkHttpClientFactory factory = new JdkHttpClientFactory() {
            @Override
            public HttpClient.Builder newBuilder(Config settings) {
                return super.newBuilder(settings).sslContext(new KeyManager[] {key}, new TrustManager[] {authorities});
            }
        };
        return new Api(() -> builder(config).withHttpClientFactory(factory).build());
    }

    private static KubernetesClientBuilder builder(Config config) {
        return new KubernetesClientBuilder()
                .withConfig(settings(config))
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor(WatchText.NAME, new WatchText()));
    }

    /**
     * Opens new connections: the API server identifies the client by the certificate with which a connection was
     * opened, and answers 401 on it after that certificate has expired, even if there is a newer one. Calls in flight
     * may fail; their callers retry them.
     */
    void reconnect() throws InterruptedException {
        KubernetesClient old;
        synchronized (this) {
            if (closed) {
                return;
            }
            old = client;
            client = connect.get();
            if (watch != null) {
                watch.restart(client);
            }
        }
        old.close();
    }

    /**
     * Reads a kubeconfig.
     *
     * @throws RuntimeException of the client's types if it cannot be read
     */
    public static Config kubeconfig(File file) {
        Config config = Config.fromKubeconfig(file);
        Path token = tokenFile(file, config);
        if (token != null) {
            config = new ConfigBuilder(config)
                    .withOauthTokenProvider(() -> token(token))
                    .build();
        }
        // The client treats every PKCS #8 key as an RSA key unless it is told the algorithm.
        if (isEllipticPkcs8(config)) {
            config.setClientKeyAlgo("EC");
        }
        return config;
    }

    /** The client does not know {@code tokenFile}, which wins over {@code token} as with kubectl. */
    private static @Nullable Path tokenFile(File kubeconfig, Config config) {
        NamedContext current = config.getCurrentContext();
        if (current == null || current.getContext() == null) {
            return null;
        }
        String user = current.getContext().getUser();
        try {
            var users = new KubernetesSerialization()
                    .unmarshal(Files.readString(kubeconfig.toPath()), io.fabric8.kubernetes.api.model.Config.class)
                    .getUsers();
            return users.stream()
                    .filter(each -> each.getName().equals(user) && each.getUser() != null)
                    .map(each -> each.getUser().getTokenFile())
                    .filter(path -> path != null && !path.isEmpty())
                    .map(path -> kubeconfig.toPath().toAbsolutePath().resolveSibling(path))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.toString(), e);
        }
    }

    /** Reads the token each time, because tokens of service accounts are renewed. */
    private static String token(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new ApiException("the file " + file + " with the token cannot be read: " + e, e);
        }
    }

    private static boolean isEllipticPkcs8(Config config) {
        try {
            String pem = config.getClientKeyData() != null
                    ? new String(Base64.getMimeDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII)
                    : config.getClientKeyFile() == null ? "" : Files.readString(Path.of(config.getClientKeyFile()));
            int begin = pem.indexOf(PKCS8_BEGIN);
            int end = pem.indexOf("-----END PRIVATE KEY-----");
            if (begin < 0 || end < begin) {
                return false;
            }
            byte[] key = Base64.getMimeDecoder().decode(pem.substring(begin + PKCS8_BEGIN.length(), end));
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
            return true;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            return false; // the client reports the error
        }
    }

    private static Config settings(Config config) {
        return new ConfigBuilder(config)
                .withRequestTimeout(TRY_MILLIS)
                .withConnectionTimeout(TRY_MILLIS)
                .withRequestRetryBackoffLimit(REPETITIONS)
                .withRequestRetryBackoffInterval(PAUSE_MILLIS)
                .withWatchReconnectInterval(500)
                // An API server ends the HTTP/2 connection of a client that it answers 401. Java's client then reports
                // the end
                // of the connection and not the answer, and so fails calls that are in flight.
                .withHttp2Disable(true)
                .build();
    }

    /** Returns the URL of the API server. */
    public URI server() {
        return server;
    }

    private KubernetesSerialization json() {
        return client.getKubernetesSerialization();
    }

    /** Serializes an object to JSON. */
    public String write(Object object) {
        return json().asJson(object);
    }

    /**
     * Parses an object from JSON.
     *
     * @throws RuntimeException of the client's types if it is malformed
     */
    public <T> T read(String text, Class<T> type) {
        return json().unmarshal(text, type);
    }

    /** Converts an object to another type with the same fields, usually a map. */
    public <T> T convert(Object object, Class<T> type) {
        return json().convertValue(object, type);
    }

    /** Reads an object. */
    public <T> T get(String path, Class<T> type) {
        return call("GET", path, JSON, null, type);
    }

    /** Creates an object. */
    public <T> T post(String path, Object body, Class<T> type) {
        return call("POST", path, JSON, body, type);
    }

    /** Modifies an object with a strategic merge patch. */
    public <T> T patch(String path, Object body, Class<T> type) {
        return call("PATCH", path, STRATEGIC_MERGE, body, type);
    }

    /** Deletes a pod immediately, if it still has this uid. */
    public void delete(String path, String uid) {
        delete(path, uid, 0);
    }

    /** Deletes an object with a grace period, if it still has this uid. */
    public void delete(String path, String uid, int graceSeconds) {
        call(
                "DELETE",
                path,
                JSON,
                Map.of(
                        "apiVersion",
                        "v1",
                        "kind",
                        "DeleteOptions",
                        "gracePeriodSeconds",
                        graceSeconds,
                        "preconditions",
                        Map.of("uid", uid)),
                Map.class);
    }

    /** Deletes an object with a grace period, as users do. */
    public void delete(String path, int graceSeconds) {
        call(
                "DELETE",
                path,
                JSON,
                Map.of("apiVersion", "v1", "kind", "DeleteOptions", "gracePeriodSeconds", graceSeconds),
                Map.class);
    }

    /** Names in paths come from pods. A malformed one could name another path once a proxy has normalized it. */
    private static void check(String path) {
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("BUG: a path of the API has a malformed name");
        }
    }

    private <T> T call(String method, String path, String type, @Nullable Object body, Class<T> result) {
        check(path);
        HttpClient connection = client.getHttpClient();
        HttpRequest.Builder request =
                connection.newHttpRequestBuilder().uri(server.resolve(path)).header("Accept", JSON);
        String text = body == null ? null : json().asJson(body);
        request.method(method, type, text);
        String what = method + " " + path.replaceFirst("\\?.*", "");
        CompletableFuture<HttpResponse<String>> sent = connection.sendAsync(request.build(), String.class);
        try {
            HttpResponse<String> response = sent.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String answer = response.body() == null ? "" : response.body();
            if (!response.isSuccessful()) {
                throw new ApiException(response.code(), what + ": " + reason(response.code(), answer));
            }
            return json().unmarshal(answer, result);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ApiException(what + ": the API server at " + server + " cannot be reached: " + cause, cause);
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new ApiException(what + ": the API server at " + server + " does not respond", e);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new ApiException(what + ": interrupted", e);
        }
    }

    /** Returns the message of a Status, or the beginning of a response that is not a Status. */
    private String reason(int code, String answer) {
        if (answer.startsWith("{")) {
            try {
                Object message = json().unmarshal(answer, Map.class).get("message");
                if (message != null) {
                    return code + " " + message;
                }
            } catch (RuntimeException e) {
                LOG.debug("a response is not a Status", e);
            }
        }
        return code + " " + answer.substring(0, Math.min(200, answer.length())).replaceAll("\\s+", " ");
    }

    /**
     * Watches the pods of a node, through restarts of the API server and gaps in its history.
     *
     * @param handler receives the events; it is called by one thread at a time and must not block
     */
    public synchronized PodWatch pods(String node, PodWatch.Handler handler) {
        watch = new PodWatch(client, node, handler);
        return watch;
    }

    @Override
    public synchronized void close() {
        closed = true;
        client.close();
    }
}
