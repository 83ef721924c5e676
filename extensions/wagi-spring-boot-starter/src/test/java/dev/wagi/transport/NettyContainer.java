// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.time.Duration;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/** A handler of WebFlux in a Reactor Netty on a port of its own, with buffers that are counted. */
final class NettyContainer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);
    private final DisposableServer server;

    NettyContainer(WebHandler handler) {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                .httpRequestDecoder(decoder -> decoder.maxHeaderSize(64 << 10).maxInitialLineLength(64 << 10))
                .handle(new ReactorHttpHandlerAdapter(
                        WebHttpHandlerBuilder.webHandler(handler).build()))
                .bindNow();
    }

    /** Where it listens. */
    URI uri() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    /** Closes the server, which has every buffer back when what its threads had begun is done. */
    @Override
    public void close() {
        server.disposeNow();
        long patience = System.nanoTime() + PATIENCE.toNanos();
        while (kept() > 0 && System.nanoTime() < patience) {
            Thread.onSpinWait();
        }
        assertThat(kept()).as("bytes in buffers that nobody gave back").isZero();
    }

    private long kept() {
        return buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory();
    }
}
