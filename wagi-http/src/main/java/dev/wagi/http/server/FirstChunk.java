// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.server;

import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** A request's content, of which the beginning can be looked at before it is read. For one request and one thread. */
final class FirstChunk implements Content.Source, AutoCloseable {

    private final Content.Source content;
    private Content.@Nullable Chunk first;

    FirstChunk(Content.Source content) {
        this.content = content;
    }

    /** Whether it is known to have ended before its first byte. Does not wait. */
    boolean isEmpty() {
        if (first == null) {
            first = content.read();
        }
        return first != null && first.isLast() && !first.hasRemaining() && !Content.Chunk.isFailure(first);
    }

    @Override
    public Content.@Nullable Chunk read() {
        Content.Chunk next = first;
        first = null;
        return next == null ? content.read() : next;
    }

    @Override
    public void demand(Runnable callback) {
        if (first == null) {
            content.demand(callback);
        } else {
            callback.run();
        }
    }

    @Override
    public void fail(Throwable failure) {
        content.fail(failure);
    }

    @Override
    public long getLength() {
        return content.getLength();
    }

    /** Gives back what nobody read. */
    @Override
    public void close() {
        if (first != null) {
            first.release();
            first = null;
        }
    }
}
