// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What Spring's view of requests and responses lacks and its servers have. */
final class Protocol {

    private static final boolean NETTY = isPresent("reactor.netty.http.server.HttpServerRequest");
    private static final boolean SERVLET = isPresent("jakarta.servlet.http.HttpServletRequest");

    private static final String HTTP_1_0 = "HTTP/1.0";

    /** What Reactor Netty says when the head of a response is set after it was sent. */
    private static final String ANSWERED = "Status and headers already sent";

    private static final Executor ANY = Runnable::run;

    private Protocol() {}

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, Protocol.class.getClassLoader());
    }

    /** Returns the protocol and its version; HTTP/1.1 if the server is not known. */
    static String of(ServerHttpRequest request) {
        Object server = ServerHttpRequestDecorator.getNativeRequest(request);
        if (NETTY && Netty.is(server)) {
            return Netty.protocol(server);
        }
        if (SERVLET && Servlets.is(server)) {
            return Servlets.protocol(server);
        }
        return "HTTP/1.1";
    }

    /** Does what the server leaves out of the head of a response: the date, and in HTTP/1.0 a body without chunks. */
    static void complete(ServerHttpResponse response, String protocol, boolean lengthKnown) {
        Object server = ServerHttpResponseDecorator.getNativeResponse(response);
        if (!NETTY || !Netty.isResponse(server)) {
            return;
        }
        if (response.getHeaders().getFirst("Date") == null) {
            response.getHeaders().setDate(System.currentTimeMillis());
        }
        if (!lengthKnown && protocol.equals(HTTP_1_0)) {
            Netty.endWithConnection(server);
        }
    }

    /**
     * Returns the chunks on the thread of the connection. Reactor Netty lost track of a response now and then when its
     * next chunk came from another thread at the moment when the last one was written.
     */
    static Publisher<Publisher<DataBuffer>> onItsThread(
            ServerHttpResponse response, Publisher<Publisher<DataBuffer>> chunks) {
        Executor thread = thread(response);
        return thread == ANY ? chunks : Flux.from(chunks).publishOn(Schedulers.fromExecutor(thread), 1);
    }

    /** Returns the thread of the connection if it matters on which one a response is written, or else any. */
    static Executor thread(ServerHttpResponse response) {
        Object server = ServerHttpResponseDecorator.getNativeResponse(response);
        return NETTY && Netty.isResponse(server) ? Netty.thread(server) : ANY;
    }

    /**
     * Returns whether a response cannot be sent because the server has sent one: Reactor Netty does when the request
     * body turns out to be malformed.
     */
    static boolean isAnswered(ServerHttpResponse response, Throwable failure) {
        Object server = ServerHttpResponseDecorator.getNativeResponse(response);
        return failure instanceof IllegalStateException
                && ANSWERED.equals(failure.getMessage())
                && NETTY
                && Netty.isResponse(server)
                && Netty.isAnswered(server);
    }

    /**
     * Breaks off a response that has begun. A server that knows a failure only from its publisher may wait for the
     * client to take what was written before.
     *
     * @param then makes the publisher fail
     */
    static void breakOff(ServerHttpResponse response, String protocol, Runnable then) {
        Object server = ServerHttpResponseDecorator.getNativeResponse(response);
        if (NETTY && Netty.isResponse(server)) {
            Netty.close(server, protocol.equals(HTTP_1_0), then);
        } else {
            then.run();
        }
    }

    /** Loaded only if Reactor Netty is there. */
    private static final class Netty {
        static boolean is(Object request) {
            return request instanceof HttpServerRequest;
        }

        static String protocol(Object request) {
            return ((HttpServerRequest) request).protocol();
        }

        static boolean isResponse(Object response) {
            return response instanceof HttpServerResponse;
        }

        static boolean isAnswered(Object response) {
            return ((HttpServerResponse) response).hasSentHeaders();
        }

        /** The event loop of its connection, which is known at once; any thread for one that is closed. */
        static Executor thread(Object response) {
            AtomicReference<Executor> thread = new AtomicReference<>();
            ((HttpServerResponse) response).withConnection(connection -> {
                Channel channel = connection.channel();
                thread.set(channel.isRegistered() ? channel.eventLoop() : ANY);
            });
            return Objects.requireNonNull(thread.get());
        }

        static void endWithConnection(Object response) {
            ((HttpServerResponse) response).keepAlive(false).chunkedTransfer(false);
        }

        /** Closes the connection of HTTP/1, or resets the stream of HTTP/2. */
        static void close(Object response, boolean reset, Runnable then) {
            ((HttpServerResponse) response).withConnection(connection -> {
                Channel channel = connection.channel();
                if (!channel.isRegistered()) {
                    then.run(); // closed by the client; what Reactor Netty returns then has no thread for listeners
                    return;
                }
                if (reset) {
                    channel.config().setOption(ChannelOption.SO_LINGER, 0); // or the body would look whole
                }
                channel.close().addListener(closed -> then.run());
            });
        }
    }

    /** Loaded only if the servlet API is there. */
    private static final class Servlets {
        static boolean is(Object request) {
            return request instanceof HttpServletRequest;
        }

        static String protocol(Object request) {
            return ((HttpServletRequest) request).getProtocol();
        }
    }
}
