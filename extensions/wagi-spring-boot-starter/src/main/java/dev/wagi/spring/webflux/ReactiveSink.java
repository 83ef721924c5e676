// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.transport.BackgroundSink;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.transport.ClientBody;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Hands a response to WebFlux. Nothing is held back but the head, which is sent with the first bytes of the body; a
 * body of known length that is written at once is sent as one. For one request; one thread at a time calls it.
 */
final class ReactiveSink implements BackgroundSink {

    private static final Logger LOG = LoggerFactory.getLogger(ReactiveSink.class);

    /** How long a client may take for a piece of a file: what {@code wagi serve} allows as well. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int BAD_REQUEST = 400;
    private static final int FAILED = 500;

    private final ServerHttpResponse response;
    private final String protocol;
    private final ClientBody body;
    private final RequestBody content;
    private final Executor files;
    private final Duration patience;
    private final ResponseChunks chunks = new ResponseChunks();

    /** What writes the response, as soon as that is known. */
    private final Sinks.One<Supplier<Mono<Void>>> writer = Sinks.one();

    /** Fails if the response is broken off after it has begun. */
    private final Sinks.One<Void> broken = Sinks.one();

    private int status;
    private Headers headers = Headers.none();
    private long length;
    private boolean begun;
    private boolean complete;

    private volatile boolean gone;

    /** What is sent in the background, if anything is. */
    private volatile @Nullable FileBody file;

    /**
     * Creates a sink that has received nothing.
     *
     * @param protocol of the request
     * @param body the body of the request
     * @param content where it comes from
     * @param files reads files
     * @param patience how long a client may take for a piece of a file
     */
    ReactiveSink(
            ServerHttpResponse response,
            String protocol,
            ClientBody body,
            RequestBody content,
            Executor files,
            Duration patience) {
        this.files = files;
        this.patience = patience;
        this.response = response;
        this.protocol = protocol;
        this.body = body;
        this.content = content;
    }

    /**
     * Returns what answers the request: it begins when it is subscribed to, and is cancelled when the client is gone.
     */
    Mono<Void> response(Runnable begin) {
        return Mono.defer(() -> {
                    begin.run();
                    return writer.asMono();
                })
                .flatMap(Supplier::get)
                .onErrorResume(failure -> Protocol.isAnswered(response, failure), failure -> {
                    LOG.debug("the server has answered a request that is malformed", failure);
                    return Mono.empty();
                })
                .or(broken.asMono())
                .doOnSuccess(nothing -> endFile(false))
                .doFinally(signal -> {
                    gone = true;
                    chunks.cancel();
                    content.close();
                    endFile(true);
                });
    }

    private void endFile(boolean left) {
        FileBody sent = file;
        if (sent != null) {
            sent.end(left);
        }
    }

    @Override
    public void start(int code, Headers fields, long contentLength) throws IOException {
        if (body.isTaken()) {
            throw new IOException("other code has read the request body"); // and not: 400
        }
        status = code;
        headers = fields;
        length = contentLength;
    }

    /** Sets the head of the response. */
    private void head() {
        response.setRawStatusCode(status);
        HttpHeaders fields = response.getHeaders();
        for (Headers.Field field : headers) {
            if (field.name().equalsIgnoreCase("Date")) {
                fields.set(field.name(), field.value()); // instead of the server's
            } else {
                fields.add(field.name(), field.value());
            }
        }
        if (length >= 0) {
            fields.setContentLength(length);
        }
        Protocol.complete(response, protocol, length >= 0);
    }

    private void begin(Supplier<Mono<Void>> write) throws IOException {
        begun = true;
        if (gone) {
            throw new IOException("the client is gone");
        }
        writer.tryEmitValue(() -> {
            head();
            return write.get();
        });
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        if (count == 0) {
            return;
        }
        // Not one of the server's own, which nobody would give back if the client is gone by the time it is to be
        // written.
        DataBuffer buffer = response.bufferFactory().wrap(Arrays.copyOfRange(bytes, offset, offset + count));
        if (!begun && count == length) {
            complete = true;
            begin(() -> response.writeWith(Mono.just(buffer)));
            return;
        }
        if (!begun) {
            begin(() -> response.writeAndFlushWith(Protocol.onItsThread(response, chunks)));
        }
        chunks.send(buffer);
    }

    @Override
    public void flush() throws IOException {
        if (!begun) {
            begin(() -> response.writeAndFlushWith(Protocol.onItsThread(response, chunks)));
            chunks.send(response.bufferFactory().wrap(new byte[0]));
        }
    }

    @Override
    public void end() throws IOException {
        if (!begun) {
            complete = true;
            begin(response::setComplete);
        } else if (!complete) {
            complete = true;
            chunks.complete();
        }
    }

    @Override
    public void send(BodySource source, long size, Consumer<@Nullable Throwable> done) {
        begun = true;
        complete = true;
        FileBody sent = new FileBody(source, size, done);
        file = sent;
        if (gone) {
            endFile(true);
            return;
        }
        writer.tryEmitValue(() -> {
            head();
            return Mono.using(
                    () -> watch(sent),
                    watch -> response.writeAndFlushWith(sent.pieces(
                            response.bufferFactory(),
                            Schedulers.fromExecutor(files),
                            Schedulers.fromExecutor(Protocol.thread(response)),
                            this::abort)),
                    Disposable::dispose);
        });
    }

    /** Breaks the response off when its client takes no piece from one look to the next. */
    private Disposable watch(FileBody sent) {
        int[] before = {-1};
        return Schedulers.parallel()
                .schedulePeriodically(
                        () -> {
                            int now = sent.progress();
                            if (now == before[0]) {
                                LOG.debug("a client takes nothing of a file for {}; its response is aborted", patience);
                                abort();
                            }
                            before[0] = now;
                        },
                        patience.toNanos(),
                        patience.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void abort() {
        if (begun) {
            Protocol.breakOff(response, protocol, () -> broken.tryEmitError(new Aborted()));
            return;
        }
        begun = true;
        IOException failure = body.failure();
        status = failure == null ? FAILED : BAD_REQUEST;
        writer.tryEmitValue(() -> {
            response.setRawStatusCode(status);
            response.getHeaders().setContentLength(0);
            return response.setComplete();
        });
    }

    /** Its cause was logged where it was found. */
    private static final class Aborted extends IOException {
        private static final long serialVersionUID = 1L;

        Aborted() {
            super("the response was aborted");
        }

        @Override
        public synchronized @Nullable Throwable fillInStackTrace() {
            return this;
        }
    }
}
