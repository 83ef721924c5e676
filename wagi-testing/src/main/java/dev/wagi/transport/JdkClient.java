// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A standard client. Thread-safe. */
final class JdkClient {

    static {
        // Servers close connections that were idle for long, possibly while a request is being sent. By default, only
        // GET and
        // HEAD are then sent again.
        System.setProperty("jdk.httpclient.enableAllMethodRetry", "true");
    }

    private static final Duration PATIENCE = TransportContract.PATIENCE;

    private final URI base;
    private final HttpClient client;

    /**
     * Creates a client for a server.
     *
     * @param version HTTP/2 needs https
     */
    JdkClient(URI base, HttpClient.Version version) {
        this.base = base;
        HttpClient.Builder builder = HttpClient.newBuilder().version(version).connectTimeout(PATIENCE);
        if (base.getScheme().equals("https")) {
            builder.sslContext(Certificates.trusting());
        }
        this.client = builder.build();
    }

    Answer exchange(Ask ask) throws IOException, InterruptedException {
        BodyPublisher body = BodyPublishers.noBody();
        if (!ask.announced()) {
            body = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(ask.body()));
        } else if (ask.body().length > 0) {
            body = BodyPublishers.ofByteArray(ask.body());
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + ask.path()))
                .timeout(PATIENCE)
                .method(ask.method(), body);
        for (int i = 0; i < ask.fields().size(); i += 2) {
            request.header(ask.fields().get(i), ask.fields().get(i + 1));
        }
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        boolean whole = true;
        try (InputStream stream = response.body()) {
            stream.transferTo(received);
        } catch (IOException e) {
            whole = false;
        }
        return new Answer(response.statusCode(), response.headers(), received.toByteArray(), whole);
    }
}
