// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A network of its own: names, what they resolve to each time, and what is answered. Records what was sent. */
final class FakeClient implements OutboundHttpClient {

    private final Map<String, Deque<List<InetAddress>>> names = new HashMap<>();
    private final Map<String, Answer> answers = new HashMap<>();
    final List<Request> sent = new ArrayList<>();
    final List<String> lookups = new ArrayList<>();
    final List<FakeResponse> responses = new ArrayList<>();

    private record Answer(int status, Headers headers, InputStream body) {}

    /** What a name resolves to the first time, the second time, ...; the last answer stays. */
    FakeClient name(String host, String... answersInTurn) {
        Deque<List<InetAddress>> queue = new ArrayDeque<>();
        for (String answer : answersInTurn) {
            List<InetAddress> addresses = new ArrayList<>();
            for (String text : answer.split(",")) {
                addresses.add(address(text));
            }
            queue.add(addresses);
        }
        names.put(host, queue);
        return this;
    }

    FakeClient answer(String url, int status, String... headers) {
        answers.put(url, new Answer(status, Headers.of(headers), InputStream.nullInputStream()));
        return this;
    }

    FakeClient answer(String url, int status, InputStream body) {
        answers.put(url, new Answer(status, Headers.none(), body));
        return this;
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    @Override
    public synchronized List<InetAddress> resolve(String host) throws UnknownHostException {
        lookups.add(host);
        Deque<List<InetAddress>> queue = names.get(host);
        if (queue == null) {
            throw new UnknownHostException(host);
        }
        return queue.size() > 1 ? queue.remove() : queue.element();
    }

    @Override
    public Response send(Request request) throws IOException {
        sent.add(request);
        Answer answer = answers.getOrDefault(
                request.uri().toString(),
                new Answer(200, Headers.none(), new ByteArrayInputStream("body".getBytes(StandardCharsets.US_ASCII))));
        FakeResponse response = new FakeResponse(answer.status, answer.headers, answer.body);
        responses.add(response);
        return response;
    }

    static final class FakeResponse implements Response {
        private final int status;
        private final Headers headers;
        private final InputStream body;
        boolean closed;

        FakeResponse(int status, Headers headers, InputStream body) {
            this.status = status;
            this.headers = headers;
            this.body = body;
        }

        @Override
        public int status() {
            return status;
        }

        @Override
        public Headers headers() {
            return headers;
        }

        @Override
        public InputStream body() {
            return body;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
