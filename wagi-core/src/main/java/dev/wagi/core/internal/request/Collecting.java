// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.body.CollectedBody;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a request body of unknown length to its end before the guest runs, so that it has a CONTENT_LENGTH. One thread at a
 * time reads; any thread may close it.
 */
final class Collecting implements AutoCloseable {

    private static final int CHUNK = 16 << 10;

    private final WagiRequest request;
    private final Source source;
    private final CollectedBody body;
    private final long max;
    private long length;

    /** What the body is read from. */
    @FunctionalInterface
    interface Source {

        /**
         * Reads what comes next, waiting for it if nothing is there.
         *
         * @return the number of bytes, or -1 at the end
         * @throws RequestBody.BrokenException if it broke off
         * @throws IOException if it is not to be read any more
         */
        int read(byte[] buffer, int offset, int length) throws IOException;
    }

    /** The body of a request as its transport has it. */
    static Source transport(WagiRequest request) {
        return (buffer, offset, length) -> {
            try {
                return request.body().read(buffer, offset, length);
            } catch (IOException e) {
                throw new RequestBody.BrokenException("the request body broke off", e);
            }
        };
    }

    /**
     * Nothing is read yet.
     *
     * @param source where its body is read
     * @param max how long the body may be, in bytes
     * @param body takes it; closed with this
     */
    Collecting(WagiRequest request, Source source, long max, CollectedBody body) {
        this.request = request;
        this.source = source;
        this.max = max;
        this.body = body;
    }

    /** A buffer for {@link #read}; one that waits without a thread needs none meanwhile. */
    static byte[] buffer() {
        return new byte[CHUNK];
    }

    /**
     * Reads what comes next, waiting for it if nothing is there.
     *
     * @return whether that was the end
     * @throws RequestBody.TooLongException if the body is longer than it may be
     * @throws RequestBody.BrokenException if it broke off
     * @throws dev.wagi.core.internal.body.BodyStore.FullException if there is no room to keep it
     * @throws IOException as the source says
     */
    boolean read(byte[] buffer) throws IOException {
        // One byte beyond what may come tells a body that is too long from one that ends there.
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

    /** How many bytes have come. */
    long length() {
        return length;
    }

    /** The request with the body that was read to its end; valid until this is closed. */
    WagiRequest whole() {
        InputStream stream = length == 0 ? InputStream.nullInputStream() : body.stream();
        return request.withBody(stream, length);
    }

    @Override
    public void close() {
        body.close();
    }
}
