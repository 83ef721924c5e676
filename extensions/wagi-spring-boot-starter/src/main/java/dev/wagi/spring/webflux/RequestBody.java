// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A request body as a stream. One buffer at a time is asked for, when a byte is wanted and none is there. For one
 * reading thread at a time; the server may call on any.
 */
final class RequestBody extends InputStream implements Subscriber<DataBuffer> {

    private final Publisher<DataBuffer> source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();

    // All guarded by the lock.
    private @Nullable Subscription subscription;
    private @Nullable DataBuffer buffer;
    private @Nullable Throwable failure;
    private @Nullable Runnable waiting;
    private boolean subscribed;
    private boolean asked;
    private boolean ended;
    private boolean closed;

    RequestBody(Publisher<DataBuffer> source) {
        this.source = source;
    }

    /** Returns whether a body is a form, which filters may have read. */
    static boolean isForm(ServerHttpRequest request) {
        String type = request.getHeaders().getFirst("Content-Type");
        return type != null
                && type.regionMatches(
                        true,
                        0,
                        MediaType.APPLICATION_FORM_URLENCODED_VALUE,
                        0,
                        MediaType.APPLICATION_FORM_URLENCODED_VALUE.length());
    }

    /**
     * Returns the body as it was sent. Where somebody has read it already there is nothing, whatever its server says of
     * it; a form is made again then.
     *
     * @param announced its length, or -1
     */
    static Publisher<DataBuffer> of(ServerWebExchange exchange, long announced) {
        Flux<DataBuffer> sent = exchange.getRequest().getBody();
        if (announced == 0) {
            return sent;
        }
        if (!isForm(exchange.getRequest())) {
            return announced < 0
                    ? sent
                    : sent.onErrorResume(IllegalStateException.class, somebodyHasIt -> Mono.empty());
        }
        return sent.onErrorResume(IllegalStateException.class, somebodyHasIt -> Mono.empty())
                .switchIfEmpty(exchange.getFormData()
                        .filter(form -> !form.isEmpty())
                        .map(form -> exchange.getResponse()
                                .bufferFactory()
                                .wrap(encode(form, charset(exchange)).getBytes(StandardCharsets.US_ASCII)))
                        .onErrorResume(IllegalStateException.class, itWasEmpty -> Mono.empty()));
    }

    private static Charset charset(ServerWebExchange exchange) {
        return Optional.ofNullable(exchange.getRequest().getHeaders().getContentType())
                .map(MediaType::getCharset)
                .orElse(StandardCharsets.UTF_8);
    }

    private static String encode(MultiValueMap<String, String> form, Charset charset) {
        return form.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream()
                        .map(value -> URLEncoder.encode(entry.getKey(), charset)
                                + (value == null ? "" : "=" + URLEncoder.encode(value, charset))))
                .collect(Collectors.joining("&"));
    }

    /**
     * Returns whether there is something to read, or the end, or a failure.
     *
     * @param later is run if there is not, as soon as there is
     */
    boolean isReady(Runnable later) {
        lock.lock();
        try {
            if (isKnown()) {
                return true;
            }
            waiting = later;
        } finally {
            lock.unlock();
        }
        ask();
        return false;
    }

    /** Whether a read does not wait. Under the lock. */
    private boolean isKnown() {
        return buffer != null || ended || failure != null || closed;
    }

    /** Asks for the next buffer unless that was done. Without the lock, because a server may call at once. */
    private void ask() {
        boolean first = false;
        Subscription next = null;
        lock.lock();
        try {
            if (isKnown() || asked) {
                return;
            }
            asked = true;
            first = !subscribed;
            subscribed = true;
            next = subscription;
        } finally {
            lock.unlock();
        }
        if (first) {
            source.subscribe(this);
        } else if (next != null) {
            next.request(1);
        }
    }

    @Override
    public void onSubscribe(Subscription given) {
        boolean over;
        lock.lock();
        try {
            subscription = given;
            over = closed;
        } finally {
            lock.unlock();
        }
        if (over) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(DataBuffer next) {
        boolean more = false;
        lock.lock();
        try {
            asked = false;
            if (closed || next.readableByteCount() == 0) {
                DataBufferUtils.release(next);
                more = true;
            } else {
                buffer = next;
            }
        } finally {
            lock.unlock();
        }
        if (!more) {
            signal();
        } else if (subscription != null) {
            ask();
        }
    }

    @Override
    public void onError(Throwable reason) {
        lock.lock();
        try {
            failure = reason;
        } finally {
            lock.unlock();
        }
        signal();
    }

    @Override
    public void onComplete() {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
        signal();
    }

    private void signal() {
        Runnable next;
        lock.lock();
        try {
            next = waiting;
            waiting = null;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        if (next != null) {
            next.run();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int most) throws IOException {
        if (most == 0) {
            return 0;
        }
        ask();
        lock.lock();
        try {
            while (!isKnown()) {
                arrived.await();
            }
            DataBuffer held = buffer;
            if (held != null) {
                int count = Math.min(most, held.readableByteCount());
                held.read(bytes, offset, count);
                if (held.readableByteCount() == 0) {
                    buffer = null;
                    DataBufferUtils.release(held);
                }
                return count;
            }
            if (failure != null) {
                throw new IOException("the request body ended prematurely", failure);
            }
            if (closed) {
                throw new IOException("the request is over");
            }
            return -1;
        } catch (InterruptedException e) {
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for the client");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            lock.unlock();
        }
    }

    /** What is available is known before the first read as well; at the end, and before a failure, it is one byte. */
    @Override
    public int available() {
        ask();
        lock.lock();
        try {
            DataBuffer held = buffer;
            return held != null ? held.readableByteCount() : isKnown() ? 1 : 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets a reader go, and drops what was not read. The server is told, because it keeps what it has received until
     * somebody wants it, or nobody does.
     */
    @Override
    public void close() {
        Subscription unwanted;
        lock.lock();
        try {
            unwanted = closed || ended || failure != null ? null : subscription;
            closed = true;
            if (buffer != null) {
                DataBufferUtils.release(buffer);
                buffer = null;
            }
        } finally {
            lock.unlock();
        }
        if (unwanted != null) {
            unwanted.cancel();
        }
        signal();
    }
}
