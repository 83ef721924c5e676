// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Handles a request without blocking a thread, for reactive servers. */
final class Asynchronous extends CompletableFuture<WagiResponse> implements ResponseSink {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private Headers headers;

    static CompletableFuture<WagiResponse> handle(Wagi wagi, WagiRequest request, Executor executor) {
        Asynchronous response = new Asynchronous();
        wagi.handle(request, response, executor);
        return response;
    }

    @Override
    public void start(int status, Headers headers, long contentLength) {
        this.status = status;
        this.headers = headers;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (isCancelled()) {
            throw new IOException("the client is gone");
        }
        body.write(bytes, offset, length);
    }

    @Override
    public void flush() {}

    @Override
    public void end() {
        complete(WagiResponse.of(status, headers, body.toByteArray()));
    }

    @Override
    public void abort() {
        completeExceptionally(new IOException("the response broke off"));
    }
}
