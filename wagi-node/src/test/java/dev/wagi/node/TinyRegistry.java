// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.oci.client.OciClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry with the images that a test put into it, each a module in one layer. */
final class TinyRegistry implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private final Map<String, String> locked = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

    TinyRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v2/", exchange -> {
            try (exchange) {
                String repository = exchange.getRequestURI().getPath().replaceFirst("^/v2/([^/]*)/.*$", "$1");
                held.getOrDefault(repository, new CountDownLatch(0)).await();
                String wanted = locked.get(repository);
                if (wanted != null
                        && !wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"registry\"");
                    exchange.sendResponseHeaders(401, -1);
                    return;
                }
                byte[] body = content.get(exchange.getRequestURI().getPath());
                if (body == null) {
                    exchange.sendResponseHeaders(404, -1);
                    return;
                }
                exchange.getResponseHeaders().set("Content-Type", "application/vnd.oci.image.manifest.v1+json");
                exchange.getResponseHeaders().set("Docker-Content-Digest", digest(body));
                boolean head = exchange.getRequestMethod().equals("HEAD");
                exchange.sendResponseHeaders(200, head ? -1 : body.length);
                if (!head) {
                    exchange.getResponseBody().write(body);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    /** {@code host:port}. */
    String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** A client that may speak to it, and to others. */
    OciClient client(Path store, String... others) {
        OciClient.Builder builder = OciClient.builder().store(store).addInsecureRegistry(name());
        for (String other : others) {
            builder.addInsecureRegistry(other);
        }
        return builder.build();
    }

    /** Requires a user and a password, {@code user:password}, for a repository. */
    void lock(String repository, String credentials) {
        locked.put(repository, "Basic " + encoded(credentials));
    }

    /** The text of a pull secret, in the form of Docker's config.json. */
    String pullSecret(String credentials) {
        return "{\"auths\": {\"" + name() + "\": {\"auth\": \"" + encoded(credentials) + "\"}}}";
    }

    private static String encoded(String credentials) {
        return Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers nothing about a repository until the latch is counted down. */
    CountDownLatch hold(String repository) {
        return held.compute(repository, (name, before) -> new CountDownLatch(1));
    }

    /** Adds an image, and returns its name. */
    String put(String repository, String tag, byte[] module) {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        byte[] manifest = """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
                 "config":{"mediaType":"application/vnd.wasm.config.v1+json","digest":"%s","size":%d},
                 "layers":[{"mediaType":"application/vnd.wasm.content.layer.v1+wasm","digest":"%s","size":%d}]}
                """.formatted(digest(config), config.length, digest(module), module.length)
                .getBytes(StandardCharsets.UTF_8);
        String path = "/v2/" + repository;
        content.put("/v2/", new byte[0]);
        content.put(path + "/blobs/" + digest(config), config);
        content.put(path + "/blobs/" + digest(module), module);
        content.put(path + "/manifests/" + tag, manifest);
        content.put(path + "/manifests/" + digest(manifest), manifest);
        return name() + "/" + repository + ":" + tag;
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        held.values().forEach(CountDownLatch::countDown);
        server.stop(0);
        threads.shutdownNow();
    }
}
