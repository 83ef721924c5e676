// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.body.CollectedBody;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a request body of unknown length to its end before the guest runs, so that it has a CONTENT_LENGTH. One thread
 * at a time reads; any thread may close it.
 */
final class Collecting implements AutoCloseable {

    private static final int CHUNK = 16 << 10;

    private final WagiRequest request;
    private final Source source;
    private final CollectedBody body;
    private final long max;
    private long length;

    /** The source of a body. */
    @FunctionalInterface
    interface Source {

        /**
         * Reads the next bytes; blocks if none are available.
         *
         * @return the number of bytes, or -1 at the end
         * @throws RequestBody.BrokenException if the body ended prematurely
         * @throws IOException if reading has to stop
         */
        int read(byte[] buffer, int offset, int length) throws IOException;
    }

    /** Reads the body of a request from its transport. */
    static Source transport(WagiRequest request) {
        return (buffer, offset, length) -> {
            try {
                return request.body().read(buffer, offset, length);
            } catch (IOException e) {
                throw new RequestBody.BrokenException("the request body ended prematurely", e);
            }
        };
    }

    /**
     * Creates an instance that has read nothing.
     *
     * @param source reads the body
     * @param max the maximum length of the body in bytes
     * @param body stores the body; closed with this
     */
    Collecting(WagiRequest request, Source source, long max, CollectedBody body) {
        this.request = request;
        this.source = source;
        this.max = max;
        this.body = body;
    }

    /** Returns a new buffer for {@link #read}, so that none is held while waiting without a thread. */
    static byte[] buffer() {
        return new byte[CHUNK];
    }

    /**
     * Reads the next bytes; blocks if none are available.
     *
     * @return whether the end was reached
     * @throws RequestBody.TooLongException if the body is longer than allowed
     * @throws RequestBody.BrokenException if the body ended prematurely
     * @throws dev.wagi.core.internal.body.BodyStore.FullException if there is no room to store it
     * @throws IOException as the source throws it
     */
    boolean read(byte[] buffer) throws IOException {
        // Reading one byte beyond the limit distinguishes a body that is too long from one that ends there.
        int count = source.read(buffer, 0, (int) Math.min(buffer.length - 1, max - length) + 1);
        if (count < 0) {
            return true;
        }
        length += count;
        if (length > max) {
            throw new RequestBody.TooLongException("the request body is longer than " + max + " bytes");
        }
        body.add(buffer, 0, count);
        return false;
    }

    /** Returns the number of bytes read. */
    long length() {
        return length;
    }

    /** Returns the request with the complete body, which is valid until this is closed. */
    WagiRequest whole() {
        InputStream stream = length == 0 ? InputStream.nullInputStream() : body.stream();
        return request.withBody(stream, length);
    }

    @Override
    public void close() {
        body.close();
    }
}
