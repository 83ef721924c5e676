// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Receives a response in an array that is reused, so that a measurement covers producing the response rather than
 * receiving it.
 */
final class BodySink implements ResponseSink {

    private byte[] body = new byte[128 << 10];
    private int length;
    private int status;

    /** Discards the last response. */
    BodySink clear() {
        length = 0;
        status = 0;
        return this;
    }

    @Override
    public void start(int code, Headers headers, long contentLength) {
        status = code;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        if (length + count > body.length) {
            body = Arrays.copyOf(body, (length + count) * 2);
        }
        System.arraycopy(bytes, offset, body, length, count);
        length += count;
    }

    @Override
    public void flush() {
        // Nothing waits for the output.
    }

    @Override
    public void end() {
        // Nothing to complete.
    }

    @Override
    public void abort() {
        status = -1;
    }

    /**
     * Receives what a guest printed, including the header block. Peers do not parse it, which is to their advantage.
     */
    void printed(byte[] stdout) {
        for (int i = 1; i < stdout.length; i++) {
            if (stdout[i] == '\n' && stdout[i - 1] == '\n') {
                start(200, Headers.none(), stdout.length - i - 1);
                write(stdout, i + 1, stdout.length - i - 1);
                end();
                return;
            }
        }
        abort();
    }

    int status() {
        return status;
    }

    String text() {
        return new String(body, 0, length, StandardCharsets.UTF_8);
    }

    /** Throws unless the response is correct; called before anything is measured. */
    void verify(String what, String part) {
        if (status != 200 || !text().contains(part)) {
            throw new IllegalStateException(
                    what + " answered " + status + " \"" + text() + "\", expected 200 and \"" + part + "\"");
        }
    }
}
