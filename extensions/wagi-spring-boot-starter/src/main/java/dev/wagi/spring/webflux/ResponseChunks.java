// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * A response body, each chunk of which is sent and flushed by itself. Who sends a chunk waits until the server begins
 * to write it, which it does when the one before is with the client, or on its way: so there is one chunk at a time.
 * One thread at a time sends.
 */
final class ResponseChunks implements Publisher<Publisher<DataBuffer>>, Subscription {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All guarded by the lock.
    private @Nullable Subscriber<? super Publisher<DataBuffer>> subscriber;
    private long demand;
    private boolean complete;
    private boolean gone;

    @Override
    public void subscribe(Subscriber<? super Publisher<DataBuffer>> server) {
        boolean over;
        server.onSubscribe(this);
        lock.lock();
        try {
            subscriber = server;
            over = complete && !gone;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (over) {
            server.onComplete();
        }
    }

    @Override
    public void request(long number) {
        lock.lock();
        try {
            demand = demand + number < 0 ? Long.MAX_VALUE : demand + number;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The client, or the server, wants no more. */
    @Override
    public void cancel() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a chunk.
     *
     * @throws IOException if the client is gone, or while waiting the thread was interrupted
     */
    void send(DataBuffer bytes) throws IOException {
        Chunk chunk = new Chunk(bytes);
        try {
            await(chunk);
        } catch (InterruptedException e) {
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for the client");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            chunk.drop(); // if it was not taken
        }
    }

    private void await(Chunk chunk) throws IOException, InterruptedException {
        Subscriber<? super Publisher<DataBuffer>> server;
        lock.lockInterruptibly();
        try {
            while (!gone && (demand == 0 || subscriber == null)) {
                changed.await();
            }
            server = subscriber;
            if (gone || server == null) {
                throw new IOException("the client is gone");
            }
            demand--;
        } finally {
            lock.unlock();
        }
        server.onNext(chunk);
        lock.lockInterruptibly();
        try {
            while (!gone && chunk.bytes != null) {
                changed.await();
            }
            if (chunk.bytes != null) {
                throw new IOException("the client is gone");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the body. */
    void complete() {
        Subscriber<? super Publisher<DataBuffer>> server;
        lock.lock();
        try {
            complete = true;
            server = gone ? null : subscriber;
        } finally {
            lock.unlock();
        }
        if (server != null) {
            server.onComplete();
        }
    }

    /** Some bytes, for the server once. */
    private final class Chunk implements Publisher<DataBuffer>, Subscription {
        private @Nullable DataBuffer bytes; // guarded by the lock
        private volatile @Nullable Subscriber<? super DataBuffer> server;

        Chunk(DataBuffer bytes) {
            this.bytes = bytes;
        }

        @Override
        public void subscribe(Subscriber<? super DataBuffer> subscriber) {
            server = subscriber;
            subscriber.onSubscribe(this);
        }

        @Override
        public void request(long number) {
            DataBuffer taken = take();
            Subscriber<? super DataBuffer> receiver = server;
            if (taken == null || receiver == null) {
                return;
            }
            receiver.onNext(taken);
            receiver.onComplete();
        }

        @Override
        public void cancel() {
            ResponseChunks.this.cancel();
        }

        private @Nullable DataBuffer take() {
            lock.lock();
            try {
                DataBuffer taken = bytes;
                bytes = null;
                changed.signalAll();
                return taken;
            } finally {
                lock.unlock();
            }
        }

        void drop() {
            DataBuffer left = take();
            if (left != null) {
                DataBufferUtils.release(left);
            }
        }
    }
}
