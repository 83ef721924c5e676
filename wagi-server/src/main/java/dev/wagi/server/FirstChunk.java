// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * A request's content, of which what comes next can be looked at before it is read. For one request; threads may take
 * turns. Whoever waits last is called: Jetty takes no second demand while there is one.
 */
final class FirstChunk implements Content.Source, AutoCloseable {

    private final Content.Source content;
    private Content.@Nullable Chunk first;
    private @Nullable Runnable waiting; // guarded by this
    private boolean demanded; // guarded by this

    FirstChunk(Content.Source content) {
        this.content = content;
    }

    /**
     * Whether there is something to read, or the end, or a failure.
     *
     * @param later is run if there is not, as soon as there is
     */
    boolean isReady(Runnable later) {
        if (peek() == null) {
            demand(later);
            return false;
        }
        return true;
    }

    /** Whether it is known to have ended before its first byte. Does not wait. */
    boolean isEmpty() {
        Content.Chunk next = peek();
        return next != null && next.isLast() && !next.hasRemaining() && !Content.Chunk.isFailure(next);
    }

    /**
     * What comes next, if it is there: something to read, the end, or a failure. DATA frames of HTTP/2 may be empty;
     * whoever took one for something to read would wait for the next one, and hold a thread.
     */
    private Content.@Nullable Chunk peek() {
        while (first == null) {
            Content.Chunk next = content.read();
            if (next == null) {
                return null;
            }
            if (next.hasRemaining() || next.isLast() || Content.Chunk.isFailure(next)) {
                first = next;
            } else {
                next.release();
            }
        }
        return first;
    }

    /**
     * All of it, waiting for what is not there yet. What is available is known before the first read as well; at the
     * end, and before a failure, it is one byte, as reading does not wait then.
     */
    InputStream stream() {
        return new Stream();
    }

    private int available() {
        Content.Chunk next = peek();
        if (next == null) {
            return 0;
        } else if (Content.Chunk.isFailure(next) || next.isLast()) {
            return Math.max(1, next.remaining());
        }
        return next.remaining();
    }

    @Override
    public Content.@Nullable Chunk read() {
        Content.Chunk next = peek();
        first = null;
        return next;
    }

    @Override
    public void demand(Runnable callback) {
        if (first != null) {
            callback.run();
            return;
        }
        synchronized (this) {
            waiting = callback;
            if (demanded) {
                return;
            }
            demanded = true;
        }
        content.demand(this::arrived);
    }

    private void arrived() {
        Runnable next;
        synchronized (this) {
            demanded = false;
            next = waiting;
            waiting = null;
        }
        if (next != null) {
            next.run();
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

    /** All of it; see {@link #stream}. */
    private final class Stream extends FilterInputStream {
        Stream() {
            super(Content.Source.asInputStream(FirstChunk.this));
        }

        @Override
        public int available() throws IOException {
            int held = super.available();
            return held > 0 ? held : FirstChunk.this.available();
        }
    }
}
