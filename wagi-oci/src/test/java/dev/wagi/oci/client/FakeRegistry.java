// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A registry on the loopback address that follows the distribution spec until a test makes it misbehave. It records
 * every request, so that a test can check what was not sent to it.
 */
final class FakeRegistry implements AutoCloseable {

    static {
        // Otherwise every response with a body waits 40 ms for the client to acknowledge its header.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, Stored> manifests = new ConcurrentHashMap<>();
    private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private volatile @Nullable Function<Request, Reply> gate;
    private final AtomicInteger uploadNumber = new AtomicInteger();

    /** A request of a client. */
    record Request(String method, String target, Map<String, String> fields, byte[] body) {

        String path() {
            return target.replaceFirst("\\?.*", "");
        }

        String field(String name) {
            return fields.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), "");
        }

        @Override
        public String toString() {
            return method + " " + target;
        }
    }

    /** A response; if its length differs from the body's, the connection breaks after the body. */
    record Reply(int status, Map<String, String> fields, byte[] body, long length, boolean stalls) {

        static Reply of(int status, String... fields) {
            Map<String, String> map = new LinkedHashMap<>();
            for (int i = 0; i < fields.length; i += 2) {
                map.put(fields[i], fields[i + 1]);
            }
            return new Reply(status, map, new byte[0], 0, false);
        }

        Reply with(byte[] content) {
            return new Reply(status, fields, content, content.length, false);
        }

        Reply with(String content) {
            return with(content.getBytes(StandardCharsets.UTF_8));
        }

        Reply with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(fields);
            more.put(name, value);
            return new Reply(status, more, body, length, stalls);
        }

        Reply without(String name) {
            Map<String, String> fewer = new LinkedHashMap<>(fields);
            fewer.remove(name);
            return new Reply(status, fewer, body, length, stalls);
        }

        /** Sends a number of bytes of the body and then breaks the connection. */
        Reply cutAfter(int bytes) {
            return new Reply(status, fields, Arrays.copyOf(body, bytes), body.length, false);
        }

        /** Sends a number of bytes of the body and then nothing, until the registry is closed. */
        Reply stallAfter(int bytes) {
            return new Reply(status, fields, Arrays.copyOf(body, bytes), body.length, true);
        }
    }

    private record Stored(String mediaType, byte[] bytes) {}

    private record Rule(Predicate<Request> when, Function<Request, Reply> reply, AtomicInteger left) {}

    FakeRegistry() {
        this(null);
    }

    /** Uses HTTPS if the context is not null. */
    FakeRegistry(@Nullable SSLContext tls) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try {
            if (tls == null) {
                server = HttpServer.create(address, 0);
            } else {
                HttpsServer secure = HttpsServer.create(address, 0);
                secure.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = secure;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /** {@code 127.0.0.1:port}. */
    String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://" + name();
    }

    OciReference reference(String rest) {
        return OciReference.parse(name() + "/" + rest);
    }

    /** Returns the requests, without their bodies. */
    List<Request> requests() {
        return List.copyOf(requests);
    }

    List<String> requestLines() {
        return requests.stream().map(Request::toString).toList();
    }

    /** Makes the next matching requests get this response. */
    void reply(int times, Predicate<Request> when, Function<Request, Reply> reply) {
        rules.add(new Rule(when, reply, new AtomicInteger(times)));
    }

    void reply(Predicate<Request> when, Reply reply) {
        reply(1, when, request -> reply);
    }

    void always(Predicate<Request> when, Function<Request, Reply> reply) {
        reply(Integer.MAX_VALUE, when, reply);
    }

    static Predicate<Request> blobGets() {
        return request -> request.method().equals("GET") && request.path().contains("/blobs/");
    }

    static Predicate<Request> manifestGets() {
        return request -> request.method().equals("GET") && request.path().contains("/manifests/");
    }

    static Predicate<Request> everything() {
        return request -> true;
    }

    /** Serves only requests with the right Authorization field; others get a 401 with this challenge. */
    void demand(String authorization, String... challenges) {
        gate = request -> {
            if (request.field("Authorization").equals(authorization)) {
                return null;
            }
            return Reply.of(401, "WWW-Authenticate", String.join(", ", challenges))
                    .with("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\"}]}");
        };
    }

    void gate(Function<Request, @Nullable Reply> check) {
        gate = check;
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    Digest addBlob(byte[] bytes) {
        Digest digest = Digest.sha256(bytes);
        blobs.put(digest.toString(), bytes);
        return digest;
    }

    byte[] blob(Digest digest) {
        return blobs.get(digest.toString());
    }

    Digest addManifest(String repository, String tag, String mediaType, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.sha256(bytes);
        manifests.put(repository + " " + tag, new Stored(mediaType, bytes));
        manifests.put(repository + " " + digest, new Stored(mediaType, bytes));
        return digest;
    }

    /** Adds an image as wasm-to-oci creates it. */
    Digest addModule(String repository, String tag, byte[] module) {
        return addManifest(repository, tag, Images.OCI_MANIFEST, Images.wasmToOci(addBlob(module), module.length));
    }

    String manifest(String repository, String tag) {
        return new String(manifests.get(repository + " " + tag).bytes(), StandardCharsets.UTF_8);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> fields = new LinkedHashMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) ->
                            fields.put(name.toLowerCase(java.util.Locale.ROOT), String.join(", ", values)));
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    fields,
                    exchange.getRequestBody().readAllBytes());
            requests.add(request);
            send(exchange, request, answer(request));
        }
    }

    private void send(HttpExchange exchange, Request request, Reply reply) throws IOException {
        Headers header = exchange.getResponseHeaders();
        reply.fields().forEach((name, value) -> {
            for (String each : value.split("\n")) {
                header.add(name, each);
            }
        });
        if (request.method().equals("HEAD")) {
            header.set("Content-Length", Long.toString(reply.length()));
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(reply.status(), reply.length() == 0 ? -1 : reply.length());
        if (reply.length() > 0) {
            exchange.getResponseBody().write(reply.body());
            exchange.getResponseBody().flush();
        }
        if (reply.stalls()) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (reply.body().length < reply.length()) {
            // Closing the exchange now closes the connection.
            throw new IOException("cut off, as the test wants");
        }
    }

    private Reply answer(Request request) {
        for (Rule rule : rules) {
            if (rule.when().test(request) && rule.left().getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                return rule.reply().apply(request);
            }
        }
        Function<Request, Reply> check = gate;
        Reply refusal = check == null ? null : check.apply(request);
        return refusal != null ? refusal : normal(request);
    }

    /** The regular response. */
    Reply normal(Request request) {
        String path = request.path();
        int cut = path.lastIndexOf("/manifests/");
        if (path.startsWith("/v2/") && cut > 0) {
            return manifest(request, path.substring(4, cut), path.substring(cut + 11));
        }
        cut = path.lastIndexOf("/blobs/uploads/");
        if (path.startsWith("/v2/") && cut > 0) {
            return upload(request, path.substring(4, cut), path.substring(cut + 15));
        }
        cut = path.lastIndexOf("/blobs/");
        if (path.startsWith("/v2/") && cut > 0) {
            return blob(request, path.substring(cut + 7));
        }
        return error(404, "UNSUPPORTED");
    }

    static Reply error(int status, String code) {
        return Reply.of(status, "Content-Type", "application/json")
                .with("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"it is " + code + "\"}]}");
    }

    private Reply manifest(Request request, String repository, String target) {
        if (request.method().equals("PUT")) {
            String type = request.field("Content-Type");
            Digest digest = addManifest(repository, target, type, new String(request.body(), StandardCharsets.UTF_8));
            return Reply.of(201, "Docker-Content-Digest", digest.toString());
        }
        Stored stored = manifests.get(repository + " " + target);
        // As in docker-registry, the manifest does not exist without the right Accept field.
        if (stored == null || !request.field("Accept").contains(stored.mediaType())) {
            return error(404, "MANIFEST_UNKNOWN");
        }
        return Reply.of(
                        200,
                        "Content-Type",
                        stored.mediaType(),
                        "Docker-Content-Digest",
                        Digest.sha256(stored.bytes()).toString())
                .with(stored.bytes());
    }

    private Reply blob(Request request, String digest) {
        byte[] bytes = blobs.get(digest);
        if (bytes == null) {
            return error(404, "BLOB_UNKNOWN");
        }
        String tag = '"' + digest + '"';
        String range = request.field("Range");
        if (range.matches("bytes=[0-9]+-")
                && (request.field("If-Range").isEmpty()
                        || request.field("If-Range").equals(tag))) {
            int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
            if (from >= bytes.length) {
                return Reply.of(416, "Content-Range", "bytes */" + bytes.length);
            }
            return Reply.of(
                            206,
                            "ETag",
                            tag,
                            "Content-Range",
                            "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length)
                    .with(Arrays.copyOfRange(bytes, from, bytes.length));
        }
        return Reply.of(200, "ETag", tag, "Accept-Ranges", "bytes").with(bytes);
    }

    private Reply upload(Request request, String repository, String id) {
        if (request.method().equals("POST")) {
            String fresh = "u" + uploadNumber.incrementAndGet();
            uploads.put(fresh, new ByteArrayOutputStream());
            // A relative Location, with a state that must be sent back.
            return Reply.of(202, "Location", "/v2/" + repository + "/blobs/uploads/" + fresh + "?state=0");
        }
        ByteArrayOutputStream upload = uploads.get(id);
        if (upload == null || !request.target().contains("state=" + upload.size())) {
            return error(404, "BLOB_UPLOAD_UNKNOWN");
        }
        if (request.method().equals("PATCH")) {
            String expected = upload.size() + "-" + (upload.size() + request.body().length - 1);
            if (!request.field("Content-Range").equals(expected)) {
                return error(416, "BLOB_UPLOAD_INVALID");
            }
            upload.writeBytes(request.body());
            return Reply.of(
                    202,
                    "Location",
                    url() + "/v2/" + repository + "/blobs/uploads/" + id + "?state=" + upload.size(),
                    "Range",
                    "0-" + (upload.size() - 1));
        }
        upload.writeBytes(request.body());
        uploads.remove(id);
        Digest digest = Digest.sha256(upload.toByteArray());
        if (!request.target().endsWith("digest=sha256%3A" + digest.hex())) {
            return error(400, "DIGEST_INVALID");
        }
        addBlob(upload.toByteArray());
        return Reply.of(201, "Docker-Content-Digest", digest.toString());
    }

    List<byte[]> allBlobs() {
        return new ArrayList<>(blobs.values());
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
