// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** As much of a registry as push and pull need, over HTTP on loopback. One that misbehaves is in wagi-oci's tests. */
final class LoopbackRegistry implements AutoCloseable {

    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** Blobs of at least this size stop after their first half until {@link #goOn}. */
    private volatile int stopsAt = Integer.MAX_VALUE;

    private final CountDownLatch half = new CountDownLatch(1);
    private final CountDownLatch rest = new CountDownLatch(1);

    LoopbackRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        server.start();
    }

    /** {@code 127.0.0.1:port}. */
    String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    void stopHalfWay(int blobsOf) {
        stopsAt = blobsOf;
    }

    void awaitHalf() throws InterruptedException {
        half.await();
    }

    void goOn() {
        stopsAt = Integer.MAX_VALUE;
        rest.countDown();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body = exchange.getRequestBody().readAllBytes();
        switch (exchange.getRequestMethod()) {
            case "POST" -> {
                exchange.getResponseHeaders().set("Location", path + "upload");
                exchange.sendResponseHeaders(202, -1);
            }
            case "PUT" -> {
                String digest = digest(body);
                contents.put(path.contains("/manifests/") ? path : digest, body);
                contents.put(digest, body);
                exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
                exchange.getResponseHeaders().set("Location", path);
                exchange.sendResponseHeaders(201, -1);
            }
            default -> {
                byte[] found = contents.get(path);
                found = found == null ? contents.get(path.replaceFirst(".*/", "")) : found;
                if (found == null) {
                    exchange.sendResponseHeaders(404, -1);
                } else {
                    send(exchange, path, found);
                }
            }
        }
    }

    private void send(HttpExchange exchange, String path, byte[] content) throws IOException {
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest(content));
        exchange.getResponseHeaders()
                .set(
                        "Content-Type",
                        path.contains("/manifests/")
                                ? "application/vnd.oci.image.manifest.v1+json"
                                : "application/octet-stream");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(200, content.length);
        OutputStream out = exchange.getResponseBody();
        int first = content.length;
        if (content.length >= stopsAt) {
            first /= 2;
            out.write(content, 0, first);
            out.flush();
            half.countDown();
            try {
                rest.await();
            } catch (InterruptedException e) {
                return;
            }
            out.write(content, first, content.length - first);
        } else {
            out.write(content);
        }
    }

    private static String digest(byte[] content) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
