// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A request that may have to wait for its turn, more than once if a guest redirects it to another one. When its turn
 * comes before its thread would wait, it goes on there; otherwise the container calls the servlet once more.
 *
 * <pre>
 * handle, proceed           execute came first: it is answered and never becomes asynchronous
 * handle, proceed ...       execute, dispatch, proceed
 * </pre>
 *
 * <p>It is dispatched and not just run on some thread because only a servlet that is being called can break a response
 * off.
 */
final class PendingRequest implements Executor, AsyncListener {

    static final String ATTRIBUTE = PendingRequest.class.getName();

    private final HttpServletRequest request;
    private final ServletSink sink;

    // All of this is guarded by this.
    private @Nullable Runnable task;
    private @Nullable AsyncContext waiting;
    private boolean gone;

    PendingRequest(HttpServletRequest request, ServletSink sink) {
        this.request = request;
        this.sink = sink;
    }

    /**
     * It is its turn.
     *
     * @throws RejectedExecutionException if the container has given the request up
     */
    @Override
    public void execute(Runnable next) {
        AsyncContext context;
        synchronized (this) {
            if (gone) {
                throw new RejectedExecutionException("the container has given the request up");
            }
            task = next;
            context = waiting;
            waiting = null;
        }
        if (context != null) {
            context.dispatch();
        }
    }

    /**
     * Goes on as long as it is its turn. If it is not answered then, the servlet must return.
     *
     * @throws IOException as {@link ServletSink#throwIfAborted}
     */
    void proceed() throws IOException {
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
        sink.throwIfAborted();
        sink.readRest();
    }

    /** What is to be done now; null if the request is answered, or has begun to wait. */
    private synchronized @Nullable Runnable next() {
        Runnable next = task;
        task = null;
        if (next == null && !sink.isEnded()) {
            becomeAsynchronous();
        }
        return next;
    }

    private void becomeAsynchronous() {
        request.setAttribute(ATTRIBUTE, this);
        try {
            AsyncContext context = request.startAsync();
            context.setTimeout(0); // WAGI has its own
            context.addListener(this);
            waiting = context;
        } catch (RuntimeException e) {
            gone = true;
            sink.close();
            throw e;
        }
    }

    /**
     * If the servlet was not called again, for instance because a filter did not let it, what waits for it ends here.
     */
    @Override
    public void onComplete(AsyncEvent event) {
        Runnable left;
        synchronized (this) {
            gone = true;
            left = task;
            task = null;
            if (!sink.isEnded()) {
                sink.close(); // later callers must not write to a response that may be another request's by now
            }
        }
        if (left != null) {
            left.run();
        }
    }

    @Override
    public void onError(AsyncEvent event) {
        // It is completed next.
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // There is none.
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // It waits once more, with a listener of its own.
    }
}
