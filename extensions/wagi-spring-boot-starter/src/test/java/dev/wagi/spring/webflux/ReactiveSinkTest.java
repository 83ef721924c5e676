// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.transport.ClientBody;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a response leaves behind whose client has gone. */
class ReactiveSinkTest {

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    @ParameterizedTest
    @CsvSource({"5", "-1", "1000"})
    void buffers_ofAClientThatHasGone_areNotKept(long length) {
        Unwritten response = new Unwritten();
        ClientBody body = new ClientBody(InputStream::nullInputStream, 0, false, () -> {});
        ReactiveSink sink = new ReactiveSink(
                response, "HTTP/1.1", body, new RequestBody(Flux.empty()), Runnable::run, ReactiveSink.PATIENCE);
        Disposable client = sink.response(() -> {}).subscribe();
        client.dispose();

        assertThatThrownBy(() -> {
                    sink.start(200, Headers.none(), length);
                    sink.write(new byte[] {1, 2, 3, 4, 5}, 0, 5);
                })
                .isInstanceOf(IOException.class);

        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    /** Whether it is there when the file is, leaves later, or takes nothing. */
    @ParameterizedTest
    @CsvSource({"true, PT10M", "false, PT10M", "false, PT0.001S"})
    void file_ofAClientThatTakesNothing_isClosed(boolean gone, Duration patience) throws Exception {
        ClientBody body = new ClientBody(InputStream::nullInputStream, 0, false, () -> {});
        ReactiveSink sink = new ReactiveSink(
                new Unwritten(), "HTTP/1.1", body, new RequestBody(Flux.empty()), Runnable::run, patience);
        AtomicBoolean closed = new AtomicBoolean();
        CompletableFuture<Throwable> done = new CompletableFuture<>();
        Disposable client = sink.response(() -> {}).subscribe(nothing -> {}, failure -> {});
        if (gone) {
            client.dispose();
        }
        sink.start(200, Headers.none(), 1000);

        sink.send(
                new BodySource() {
                    @Override
                    public int read(ByteBuffer bytes) {
                        return -1;
                    }

                    @Override
                    public void close() {
                        closed.set(true);
                    }
                },
                1000,
                done::complete);
        if (!gone && patience.toMinutes() > 0) {
            assertThat(done).isNotDone();
            client.dispose();
        }

        assertThat(done.get()).hasMessage("the client is gone");
        assertThat(closed).isTrue();
    }

    /** Nothing is written to it. */
    private final class Unwritten extends AbstractServerHttpResponse {

        Unwritten() {
            super(new NettyDataBufferFactory(allocator));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T getNativeResponse() {
            return (T) this;
        }

        @Override
        protected Mono<Void> writeWithInternal(Publisher<? extends DataBuffer> body) {
            return Mono.never();
        }

        @Override
        protected Mono<Void> writeAndFlushWithInternal(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return Mono.never();
        }

        @Override
        protected void applyStatusCode() {}

        @Override
        protected void applyHeaders() {}

        @Override
        protected void applyCookies() {}
    }
}
