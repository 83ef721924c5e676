// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Keeps what a transport would have sent; can play a client that leaves. */
final class RecordingSink implements ResponseSink {

    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status;
    Headers headers = Headers.none();
    long contentLength = -2;
    boolean ended;
    boolean aborted;

    private final int goneAfter;

    RecordingSink() {
        this(Integer.MAX_VALUE);
    }

    /** A client that is gone once it has received that many bytes of the body. */
    RecordingSink(int goneAfter) {
        this.goneAfter = goneAfter;
    }

    @Override
    public void start(int code, Headers fields, long length) {
        status = code;
        headers = fields;
        contentLength = length;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (body.size() + length > goneAfter) {
            throw new IOException("the client is gone");
        }
        body.write(bytes, offset, length);
    }

    @Override
    public void flush() {
        // Nothing is held back here.
    }

    @Override
    public void end() {
        ended = true;
    }

    @Override
    public void abort() {
        aborted = true;
    }
}
