// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.sandbox.GuestInput;
import dev.wagi.core.stack.StackRoom;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Standard input of one request: its body, and exactly as much of it as CONTENT_LENGTH says. For one thread. */
final class RequestBody implements GuestInput {

    private final InputStream body;
    private final Custody custody;
    private final boolean known;
    private final long max;

    /** What may still come; of a body of unknown length, what it may still have. */
    private long remaining;

    private boolean ended;

    /**
     * Of a request.
     *
     * @param max how long the body may be, in bytes
     * @param custody who may read it
     */
    RequestBody(WagiRequest request, long max, Custody custody) {
        this.custody = custody;
        this.body = request.body();
        this.known = request.contentLength() >= 0;
        this.max = max;
        this.remaining = known ? request.contentLength() : max;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (ended || known && remaining == 0) {
            return -1;
        }
        StackRoom.LIBRARIES.require();
        int read;
        custody.enter();
        try {
            // One byte beyond what may come tells a body that is too long from one that ends there.
            read = body.read(buffer, offset, (int) Math.min(length, Math.max(remaining, 1)));
        } catch (IOException e) {
            throw new BrokenException("the request body broke off", e);
        } finally {
            custody.leave();
        }
        if (read < 0) {
            if (known) {
                throw new BrokenException("the request body ended before its Content-Length", null);
            }
            ended = true;
        } else if (read > remaining) {
            throw new TooLongException("the request body is longer than " + max + " bytes");
        } else {
            remaining -= read;
        }
        return read;
    }

    @Override
    public boolean isReady() throws IOException {
        if (ended || known && remaining == 0) {
            return true;
        }
        StackRoom.LIBRARIES.require();
        custody.enter();
        try {
            return body.available() > 0;
        } finally {
            custody.leave();
        }
    }

    /** The client sends more than it may. */
    static final class TooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        TooLongException(String message) {
            super(message);
        }
    }

    /** The client did not send the body that it announced. Not the guest's fault, so it is told apart from other failures. */
    static final class BrokenException extends IOException {

        private static final long serialVersionUID = 1L;

        BrokenException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
