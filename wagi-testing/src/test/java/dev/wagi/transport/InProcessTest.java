// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs the contract without a transport, as the reference for the others. */
class InProcessTest extends TransportContract {

    private Wagi wagi;

    @Override
    URI start() {
        wagi = host();
        return URI.create("http://127.0.0.1:3000");
    }

    @Override
    void stop() {}

    @Override
    String protocol() {
        return "HTTP/1.1";
    }

    @Override
    Answer exchange(Ask ask) {
        Collected collected = new Collected();
        WagiRequest.Builder request = WagiRequest.builder(ask.method(), ask.path())
                .protocol(protocol())
                .scheme(base().getScheme())
                .remoteAddress("127.0.0.1")
                .addHeader("Host", base().getAuthority())
                .body(new ByteArrayInputStream(ask.body()), ask.announced() ? ask.body().length : -1);
        for (int i = 0; i < ask.fields().size(); i += 2) {
            request.addHeader(ask.fields().get(i), ask.fields().get(i + 1));
        }
        wagi.handle(request.build(), collected);
        return collected.answer();
    }

    private static final class Collected implements ResponseSink {

        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private int status;
        private boolean whole;

        @Override
        public void start(int code, Headers headers, long contentLength) {
            status = code;
            for (Headers.Field field : headers) {
                fields.computeIfAbsent(field.name(), name -> new ArrayList<>()).add(field.value());
            }
            if (contentLength >= 0) {
                fields.put("Content-Length", List.of(Long.toString(contentLength)));
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            body.write(bytes, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void end() {
            whole = true;
        }

        @Override
        public void abort() {}

        Answer answer() {
            return new Answer(status, HttpHeaders.of(fields, (name, value) -> true), body.toByteArray(), whole);
        }
    }
}
