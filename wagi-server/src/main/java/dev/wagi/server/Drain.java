// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.internal.transport.ClientBody;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/**
 * After the response: takes what the client still sends, up to 10 MiB and for 5 seconds, and takes no thread meanwhile:
 * clients that announce a body and do not send it are many. One that sends nothing at all is waited for as long as the
 * connection's idle timeout. A connection that is closed instead is reset, and many clients lose the response with it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-9.6">RFC 9112, section 9.6</a>
 */
final class Drain implements Runnable {

    private final Content.Source content;
    private final Callback drained;
    private final long began = System.nanoTime();
    private long bytes;

    /**
     * Of a request.
     *
     * @param drained completed in the end
     */
    Drain(Content.Source content, Callback drained) {
        this.content = content;
        this.drained = drained;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = content.read();
            if (chunk == null) {
                content.demand(this);
                return;
            }
            boolean over = Content.Chunk.isFailure(chunk) || chunk.isLast();
            bytes += chunk.remaining();
            chunk.release();
            if (over || bytes > ClientBody.MAX_REST || System.nanoTime() - began > ClientBody.MAX_REST_NANOS) {
                drained.succeeded();
                return;
            }
        }
    }
}
