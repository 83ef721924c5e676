// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Hands a response that is whole to Jetty in one piece and does not wait until it is sent; what
 * {@link dev.wagi.core.Wagi#tryHandle} calls. For one request and one thread.
 */
final class PromptSink implements ResponseSink {

    private final Response response;
    private final Callback callback;
    private ByteBuffer body = BufferUtil.EMPTY_BUFFER;
    private boolean hasLength;

    /**
     * For a request without body.
     *
     * @param callback completed when the response is sent
     */
    PromptSink(Response response, Callback callback) {
        this.response = response;
        this.callback = callback;
    }

    @Override
    public void start(int status, Headers headers, long contentLength) {
        JettySink.head(response, status, headers, contentLength);
        hasLength = contentLength >= 0;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        body = ByteBuffer.wrap(bytes, offset, length);
    }

    @Override
    public void flush() {
        // It is sent whole.
    }

    @Override
    public void end() {
        if (hasLength) {
            response.write(true, body, callback);
        } else {
            // In one piece Jetty would take a body that HEAD or 304 leave out for an empty one: Content-Length: 0.
            response.write(
                    false,
                    BufferUtil.EMPTY_BUFFER,
                    Callback.from(() -> response.write(true, body, callback), callback::failed));
        }
    }

    @Override
    public void abort() {
        callback.failed(new JettySink.Aborted());
    }
}
