// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import dev.wagi.core.internal.transport.BodySource;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A file as a response body. A piece of it is read when the one before is with the client, or on its way; a client that
 * does not read holds a piece, and no thread.
 */
final class FileBody {

    private static final int PIECE_BYTES = 32 << 10;

    private final BodySource source;
    private final long length;
    private final Consumer<@Nullable Throwable> done;

    // All guarded by this.
    private long left;
    private int pieces;
    private boolean reading;
    private boolean ended;

    /** Set before what fails because of it. */
    private @Nullable Throwable failure;

    /**
     * Creates a body of which nothing was read.
     *
     * @param length above 0
     * @param done as in {@link dev.wagi.core.internal.transport.BackgroundSink#send}
     */
    FileBody(BodySource source, long length, Consumer<@Nullable Throwable> done) {
        this.source = source;
        this.length = length;
        this.left = length;
        this.done = done;
    }

    /**
     * Returns the pieces.
     *
     * @param reader where files are read
     * @param writer where pieces are sent
     * @param fail called in place of the rest when the file cannot be read
     */
    Publisher<Publisher<DataBuffer>> pieces(
            DataBufferFactory buffers, Scheduler reader, Scheduler writer, Runnable fail) {
        int count = Math.toIntExact((length + PIECE_BYTES - 1) / PIECE_BYTES);
        Mono<DataBuffer> next = Mono.fromCallable(this::read)
                .map(buffers::wrap)
                .subscribeOn(reader)
                .onErrorResume(reason -> {
                    synchronized (this) {
                        failure = reason;
                    }
                    fail.run();
                    return Mono.never();
                })
                .publishOn(writer);
        return Flux.range(0, count).map(number -> next);
    }

    private byte[] read() throws IOException {
        ByteBuffer piece;
        synchronized (this) {
            if (ended) {
                throw new IOException("the response is over");
            }
            reading = true;
            piece = ByteBuffer.allocate((int) Math.min(left, PIECE_BYTES));
        }
        try {
            while (piece.hasRemaining()) {
                if (source.read(piece) < 0) {
                    throw new EOFException("the file is shorter than it was");
                }
            }
            return piece.array();
        } finally {
            boolean close;
            synchronized (this) {
                left -= piece.position();
                pieces++;
                reading = false;
                close = ended;
            }
            if (close) {
                source.close();
            }
        }
    }

    /** How many pieces were read. */
    synchronized int progress() {
        return pieces;
    }

    /**
     * Ends it, the first time.
     *
     * @param gone whether the client is; also true if the server ends a response of which a part is not read
     */
    void end(boolean gone) {
        boolean close;
        Throwable cause;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            close = !reading;
            cause = failure == null && (gone || left > 0) ? new IOException("the client is gone") : failure;
        }
        if (close) {
            source.close();
        }
        done.accept(cause);
    }
}
