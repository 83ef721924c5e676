// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A request that may have to wait for its turn. When that comes before its thread would wait, it is answered on that thread;
 * else the container is told to call the servlet once more.
 *
 * <pre>
 * handle, answerOrWait      execute came first: answered, the request never becomes asynchronous
 * handle, answerOrWait ...  execute, dispatch, answer
 * </pre>
 *
 * <p>It is dispatched and not just run on some thread because only a servlet that is being called can break a response off.
 */
final class PendingRequest implements Executor {

    static final String ATTRIBUTE = PendingRequest.class.getName();

    private final HttpServletRequest request;
    private final ServletSink sink;

    // Both guarded by this.
    private @Nullable Runnable task;
    private @Nullable AsyncContext waiting;

    PendingRequest(HttpServletRequest request, ServletSink sink) {
        this.request = request;
        this.sink = sink;
    }

    /** It is its turn. */
    @Override
    public void execute(Runnable answer) {
        AsyncContext context;
        synchronized (this) {
            task = answer;
            context = waiting;
        }
        if (context != null) {
            context.dispatch();
        }
    }

    /**
     * Answers it if it is its turn; else the servlet must return.
     *
     * @throws IOException as {@link ServletSink#throwIfAborted}
     */
    void answerOrWait() throws IOException {
        synchronized (this) {
            if (task == null) {
                request.setAttribute(ATTRIBUTE, this);
                AsyncContext context = request.startAsync();
                context.setTimeout(0); // WAGI has its own
                waiting = context;
                return;
            }
        }
        answer();
    }

    /**
     * Answers it.
     *
     * @throws IOException as {@link ServletSink#throwIfAborted}
     */
    void answer() throws IOException {
        request.removeAttribute(ATTRIBUTE);
        Runnable answer;
        synchronized (this) {
            answer = task;
        }
        if (answer == null) {
            throw new IllegalStateException("BUG: a request was dispatched before its turn; please report this");
        }
        answer.run();
        sink.throwIfAborted();
    }
}
