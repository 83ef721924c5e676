// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiResponse;
import java.io.ByteArrayOutputStream;

/** Collects a response in memory. */
public final class MemorySink implements ResponseSink {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private Headers headers = Headers.none();
    private boolean aborted;

    @Override
    public void start(int code, Headers fields, long contentLength) {
        status = code;
        headers = fields;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        body.write(bytes, offset, length);
    }

    @Override
    public void flush() {
        // The response is returned complete.
    }

    @Override
    public void end() {
        // There is nothing to complete.
    }

    @Override
    public void abort() {
        aborted = true;
    }

    /** Returns the response; after an abort it has no body, because nothing had been sent. */
    public WagiResponse response() {
        if (aborted) {
            return WagiResponse.of(status == 0 ? 500 : 502, Headers.none(), new byte[0]);
        }
        return WagiResponse.of(status, headers, body.toByteArray());
    }
}
