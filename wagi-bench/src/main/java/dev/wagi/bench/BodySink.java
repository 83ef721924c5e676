// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes a response into an array that is used again and again, so that what is measured is who answers and not who takes.
 */
final class BodySink implements ResponseSink {

    private byte[] body = new byte[128 << 10];
    private int length;
    private int status;

    /** Forgets the last response. */
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
        // Nobody waits.
    }

    @Override
    public void end() {
        // Nothing to complete.
    }

    @Override
    public void abort() {
        status = -1;
    }

    /** Takes what a guest printed, header block included; peers have nobody to parse it, which is to their advantage. */
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

    /** Fails unless the response is a good one; called before anything is timed. */
    void verify(String what, String part) {
        if (status != 200 || !text().contains(part)) {
            throw new IllegalStateException(
                    what + " answered " + status + " \"" + text() + "\", wanted 200 and \"" + part + "\"");
        }
    }
}
