// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.sandbox.GuestInput;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Standard input of one request: its body, and exactly as much of it as CONTENT_LENGTH says. For one thread. */
final class RequestBody implements GuestInput {

    private final InputStream body;
    private final boolean known;
    private long remaining;

    RequestBody(WagiRequest request) {
        this.body = request.body();
        this.known = request.contentLength() >= 0;
        this.remaining = known ? request.contentLength() : Long.MAX_VALUE;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (remaining == 0) {
            return -1;
        }
        int read;
        try {
            read = body.read(buffer, offset, (int) Math.min(length, remaining));
        } catch (IOException e) {
            throw new BrokenException("the request body broke off", e);
        }
        if (read < 0) {
            if (known) {
                throw new BrokenException("the request body ended before its Content-Length", null);
            }
            remaining = 0;
        } else if (known) {
            remaining -= read;
        }
        return read;
    }

    @Override
    public boolean isReady() throws IOException {
        return remaining == 0 || body.available() > 0;
    }

    /** The client did not send the body that it announced. Not the guest's fault, so it is told apart from other failures. */
    static final class BrokenException extends IOException {

        private static final long serialVersionUID = 1L;

        BrokenException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
