// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.transport.ClientBody;
import dev.wagi.core.internal.transport.TransferCodings;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.security.Principal;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Serves the routes of a {@link Wagi} in Spring WebFlux, on any of its servers. Guests run on threads of an executor
 * and never on those of the server; a request that waits for its turn, or for its body, holds no thread. The request
 * body is read as the guest reads it, and the response is written as the client takes it: a guest that writes waits for
 * its client, within its timeout. A file is sent without a thread that waits for the client; a client that takes
 * nothing of it for half a minute is disconnected. When the client disconnects, the next thing that the guest reads or
 * writes ends it.
 *
 * <p>The context path, and the {@linkplain #withPath path} that the handler is mapped to, are removed before routes are
 * matched and precede the route in SCRIPT_NAME. Queries, fields and bodies are passed on as they were sent; a form that
 * a filter has read is reconstructed, any other body of a known length that was read before is answered with 500. A
 * response that is aborted ends with an error, after which the server closes the connection or resets the stream.
 * Immutable and thread-safe.
 */
public final class WagiWebHandler implements WebHandler {

    private static final Logger LOG = LoggerFactory.getLogger(WagiWebHandler.class);

    private static final int MOST_HEADERS = 1024;
    private static final int BAD_REQUEST = 400;
    private static final int TOO_MANY_HEADERS = 431;
    private static final int NOT_IMPLEMENTED = 501;

    /** Threads for what needs no turn: reading files, guests that cannot be stopped, refusals. */
    private static final int MORE_THREADS = 128 + 256 + 8;

    private static final AtomicInteger THREADS = new AtomicInteger();

    private final Wagi wagi;
    private final String path;
    private final Executor executor;
    private final BiFunction<ServerHttpRequest, Principal, @Nullable String> authType;
    private final AtomicBoolean saidThatBodiesAreGone;

    /**
     * Creates a handler with its own threads: daemons that end when they are not used, at most
     * {@link Wagi#maxTotalConcurrency()} and 392.
     *
     * @param wagi the host to serve, which the caller closes
     */
    public WagiWebHandler(Wagi wagi) {
        this(Objects.requireNonNull(wagi, "wagi"), "", threads(wagi), (request, user) -> null, new AtomicBoolean());
    }

    private WagiWebHandler(
            Wagi wagi,
            String path,
            Executor executor,
            BiFunction<ServerHttpRequest, Principal, @Nullable String> authType,
            AtomicBoolean said) {
        this.wagi = wagi;
        this.path = path;
        this.executor = executor;
        this.authType = authType;
        this.saidThatBodiesAreGone = said;
    }

    /**
     * {@return a copy that is mapped to a path, which routes do not contain}
     *
     * @param prefix the encoded path, for instance {@code /guests}; empty for none
     * @throws IllegalArgumentException if it is not empty and does not begin with a slash, or ends with one
     */
    public WagiWebHandler withPath(String prefix) {
        if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
            throw new IllegalArgumentException("\"" + prefix + "\" must begin with a slash and not end with one");
        }
        return new WagiWebHandler(wagi, prefix, executor, authType, saidThatBodiesAreGone);
    }

    /**
     * {@return a copy whose guests run on other threads}
     *
     * @param threads as in {@link Wagi#handle(WagiRequest, dev.wagi.core.api.ResponseSink, Executor)}; they may block
     */
    public WagiWebHandler withExecutor(Executor threads) {
        Objects.requireNonNull(threads, "threads");
        return new WagiWebHandler(wagi, path, threads, authType, saidThatBodiesAreGone);
    }

    /**
     * {@return a copy that knows how users were authenticated: AUTH_TYPE, which goes with REMOTE_USER}
     *
     * @param scheme returns a scheme such as {@code Basic} or {@code Bearer} for a request and its user, or null if it
     *     is not known
     */
    public WagiWebHandler withAuthType(BiFunction<ServerHttpRequest, Principal, @Nullable String> scheme) {
        Objects.requireNonNull(scheme, "scheme");
        return new WagiWebHandler(wagi, path, executor, scheme, saidThatBodiesAreGone);
    }

    private static Executor threads(Wagi wagi) {
        int most = wagi.maxTotalConcurrency() + MORE_THREADS;
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(most, most, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "wagi-webflux-" + THREADS.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Answers a request.
     *
     * @return completes when the response is complete; fails if it was aborted after it had begun. Cancelling it means
     *     that the client has disconnected
     */
    @Override
    public Mono<Void> handle(ServerWebExchange exchange) {
        return Mono.deferContextual(context -> exchange.getPrincipal()
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(user -> answer(exchange, user.orElse(null), context)));
    }

    private Mono<Void> answer(ServerWebExchange exchange, @Nullable Principal user, ContextView context) {
        ServerHttpRequest request = exchange.getRequest();
        // Each name is looked for among all fields, so that is not begun for more than any module takes.
        if (request.getHeaders().headerSet().size() > MOST_HEADERS) {
            return refuse(exchange, TOO_MANY_HEADERS);
        }
        List<String> codings = request.getHeaders().getValuesAsList("Transfer-Encoding");
        if (!TransferCodings.areUnderstood(codings)) {
            return refuse(exchange, NOT_IMPLEMENTED);
        }
        long announced = Translation.contentLength(request);
        // What a form is made of again may have another length.
        long length = announced > 0 && RequestBody.isForm(request) ? -1 : announced;
        boolean expected = request.getHeaders().getFirst("Expect") != null;
        RequestBody content = new RequestBody(RequestBody.of(exchange, announced));
        ClientBody body = new ClientBody(() -> content, length, expected, this::sayThatBodiesAreGone);
        WagiRequest translated;
        try {
            WagiRequest.Builder builder = Translation.of(request, path);
            if (user != null) {
                builder.remoteUser(user.getName());
                String type = authType.apply(request, user);
                if (type != null) {
                    builder.authType(type);
                }
            }
            translated = builder.body(body, length, later -> body.isReady() || content.isReady(later))
                    .build();
        } catch (IllegalArgumentException e) {
            return refuse(exchange, BAD_REQUEST);
        }
        ReactiveSink sink = new ReactiveSink(
                exchange.getResponse(), translated.protocol(), body, content, executor, ReactiveSink.PATIENCE);
        return sink.response(() -> wagi.handle(translated, sink, tasks(context)));
    }

    /** Runs tasks with the observation of the request, if there is one. */
    private Executor tasks(ContextView context) {
        Object observation = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
        if (!(observation instanceof Observation current)) {
            return executor;
        }
        return task -> executor.execute(() -> current.scoped(task));
    }

    private static Mono<Void> refuse(ServerWebExchange exchange, int status) {
        exchange.getResponse().setRawStatusCode(status);
        exchange.getResponse().getHeaders().setContentLength(0);
        return exchange.getResponse().setComplete();
    }

    private void sayThatBodiesAreGone() {
        if (saidThatBodiesAreGone.compareAndSet(false, true)) {
            LOG.error("a filter in front of WagiWebHandler has read the body of a request, or a part of it, so that"
                    + " no guest can have it; keep filters that read bodies, other than forms, away from its paths."
                    + " This is said once; such requests are answered 500");
        }
    }
}
