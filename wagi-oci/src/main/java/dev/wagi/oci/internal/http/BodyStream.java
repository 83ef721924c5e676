// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response body as it arrives. The stream of the JDK's client can block indefinitely, because a request's timeout
 * ends with the header; this stream fails if no data arrives for a while, or if the deadline passes. It buffers at most
 * two pieces of the connection's buffer size.
 */
final class BodyStream extends InputStream implements BodySubscriber<InputStream> {

    private final Duration idle;
    private final Deadline deadline;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Queue<ByteBuffer> arrived = new ArrayDeque<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private boolean ended;
    private boolean closed;

    BodyStream(Duration idle, Deadline deadline) {
        this.idle = idle;
        this.deadline = deadline;
    }

    /** A piece of the body, or its end, with a failure if it ended prematurely. */
    private record Event(
            @Nullable List<ByteBuffer> bytes, @Nullable Throwable failure) {}

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription.complete(given)) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        events.add(new Event(buffers, null));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(null, failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event(null, null));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            if (closed) {
                throw new IOException("the body was closed");
            }
            ByteBuffer first = arrived.peek();
            if (first != null && first.hasRemaining()) {
                int count = Math.min(length, first.remaining());
                first.get(target, offset, count);
                return count;
            }
            if (first != null) {
                arrived.remove();
            } else if (ended) {
                return -1;
            } else {
                await();
            }
        }
    }

    private void await() throws IOException {
        Duration left = deadline.left();
        Duration time = left.compareTo(idle) < 0 ? left : idle;
        try {
            Event event = events.poll(time.toNanos(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new HttpTimeoutException(
                        left.compareTo(idle) < 0
                                ? "not all of it arrived within "
                                        + deadline.whole().toSeconds() + " s"
                                : "nothing arrived for " + idle.toMillis() / 1000.0 + " s");
            }
            if (event.bytes() != null) {
                arrived.addAll(event.bytes());
                subscription.join().request(1);
            } else if (event.failure() != null) {
                throw new IOException("the connection was lost", event.failure());
            } else {
                ended = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("was interrupted");
        }
    }

    @Override
    public void close() {
        closed = true;
        if (!ended) {
            subscription.thenAccept(Flow.Subscription::cancel);
        }
    }
}
