// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import dev.wagi.core.internal.transport.ClientBody;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * After the response: takes what the client still sends, up to 10 MiB and for 5 seconds, and takes no thread meanwhile.
 * Then the request is completed, and the container does with the connection what it does.
 *
 * @see ClientBody#readRest
 */
final class UnreadBody implements ReadListener, AsyncListener {

    private final AsyncContext context;
    private final ServletInputStream in;
    private final byte[] buffer = new byte[4 << 10];
    private final AtomicBoolean completed = new AtomicBoolean();
    private long total;

    private UnreadBody(AsyncContext context, ServletInputStream in) {
        this.context = context;
        this.in = in;
    }

    /**
     * For a request whose response is not closed yet: afterwards none can become asynchronous.
     *
     * @return null if it may not be asynchronous
     */
    static @Nullable UnreadBody of(HttpServletRequest request) throws IOException {
        if (!request.isAsyncSupported()) {
            return null;
        }
        ServletInputStream in = request.getInputStream();
        AsyncContext context = request.startAsync();
        context.setTimeout(TimeUnit.NANOSECONDS.toMillis(ClientBody.MAX_REST_NANOS));
        UnreadBody rest = new UnreadBody(context, in);
        context.addListener(rest);
        return rest;
    }

    /**
     * The response is closed.
     *
     * @param sent whether it was sent; if not, nothing is read any more
     */
    void begin(boolean sent) {
        if (!sent) {
            complete();
            return;
        }
        try {
            in.setReadListener(this);
        } catch (IllegalStateException e) {
            complete(); // somebody in front reads by himself
        }
    }

    @Override
    public void onDataAvailable() throws IOException {
        while (in.isReady()) {
            int count = in.read(buffer);
            total += Math.max(count, 0);
            if (count < 0 || total > ClientBody.MAX_REST) {
                complete();
                return;
            }
        }
    }

    @Override
    public void onAllDataRead() {
        complete();
    }

    @Override
    public void onError(Throwable failure) {
        complete();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        complete();
    }

    @Override
    public void onError(AsyncEvent event) {
        complete();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        completed.set(true);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // It does not begin again.
    }

    private void complete() {
        if (completed.compareAndSet(false, true)) {
            context.complete();
        }
    }
}
