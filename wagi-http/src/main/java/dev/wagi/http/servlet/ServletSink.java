// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.internal.transport.ClientBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Writes a response to a servlet container, blocking. For one request and one thread. */
final class ServletSink implements ResponseSink {

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ClientBody body;
    private boolean lengthKnown;
    /** What made reading or writing fail, if anything did. */
    private @Nullable IOException failure;

    private boolean aborted;
    private volatile boolean ended;
    /** Whether nothing takes what the client still sends. */
    private boolean unread;

    /** Set by the thread on which the container reports that it has completed the response. */
    private volatile boolean closed;

    /**
     * For a request.
     *
     * @param body the request's
     */
    ServletSink(HttpServletRequest request, HttpServletResponse response, ClientBody body) {
        this.request = request;
        this.response = response;
        this.body = body;
    }

    /** Whether it was ended or aborted. */
    boolean isEnded() {
        return ended;
    }

    /** Lets nothing through any more: the response is not ours. */
    void close() {
        closed = true;
    }

    @Override
    public void start(int status, Headers headers, long contentLength) throws IOException {
        checkOpen();
        if (body.isTaken()) {
            throw new IOException("somebody else has read the request body"); // and not: 400
        }
        response.setStatus(status);
        for (Headers.Field field : headers) {
            if (field.name().equalsIgnoreCase("Date")) {
                response.setHeader(field.name(), field.value()); // instead of the container's
            } else {
                response.addHeader(field.name(), field.value());
            }
        }
        lengthKnown = contentLength >= 0;
        if (lengthKnown) {
            response.setContentLengthLong(contentLength);
        } else if (Container.endsBodiesWithTheConnection(request)
                && request.getProtocol().equals("HTTP/1.1")
                && mayHaveBody(status)) {
            // A body that broke off would look whole. Tomcat sends chunks by itself, and the field twice if it is set.
            response.setHeader("Transfer-Encoding", "chunked");
        }
    }

    private boolean mayHaveBody(int status) {
        return !request.getMethod().equals("HEAD")
                && status != HttpServletResponse.SC_NO_CONTENT
                && status != HttpServletResponse.SC_NOT_MODIFIED;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        output(() -> response.getOutputStream().write(bytes, offset, length));
    }

    @Override
    public void flush() throws IOException {
        output(response::flushBuffer);
    }

    @Override
    public void end() throws IOException {
        ended = true;
        if (!lengthKnown && !response.isCommitted()) {
            flush(); // or else containers take a body that HEAD or 304 leave out for an empty one: Content-Length: 0
        }
        // Tomcat lets nobody read when the response is closed, and ends the connection if one tries; it takes by itself
        // what still comes.
        UnreadBody rest = Container.isJetty(request) && body.hasRest() ? UnreadBody.of(request) : null;
        boolean sent = false;
        try {
            output(() -> response.getOutputStream().close());
            sent = true;
        } finally {
            if (rest != null) {
                rest.begin(sent);
            }
        }
        unread = rest == null;
    }

    /**
     * After the response, and when others may run: takes what the client still sends, if that is not done without a
     * thread.
     */
    void readRest() {
        if (unread && !closed) {
            body.readRest();
        }
    }

    /** What was not sent yet is replaced by a plain 500 or 400; else {@link #throwIfAborted} does it. */
    @Override
    public void abort() {
        ended = true;
        if (closed) {
            return;
        }
        aborted = response.isCommitted();
        if (!aborted) {
            try {
                response.reset();
                refuse(
                        body.failure() == null
                                ? HttpServletResponse.SC_INTERNAL_SERVER_ERROR
                                : HttpServletResponse.SC_BAD_REQUEST);
            } catch (IOException e) {
                aborted = true;
            }
        }
    }

    /** Answers with a status and nothing else: no page of the container's. */
    void refuse(int status) throws IOException {
        response.setStatus(status);
        response.setContentLength(0);
        flush();
    }

    /**
     * Lets the container know that the response is not whole. There is no other portable way to keep it from completing
     * the response when the servlet returns. A failure of the container's own is handed back to it: it knows which ones
     * only mean that the client is gone.
     */
    void throwIfAborted() throws IOException {
        if (!aborted) {
            return;
        }
        Container.breakOff(request);
        if (failure != null) {
            throw failure;
        }
        if (body.failure() != null) {
            throw body.failure();
        }
        throw new Aborted();
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the container has given the request up");
        }
    }

    private void output(Output operation) throws IOException {
        checkOpen();
        try {
            operation.run();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private interface Output {
        void run() throws IOException;
    }

    /** Its cause was logged where it was found. */
    private static final class Aborted extends IOException {
        private static final long serialVersionUID = 1L;

        Aborted() {
            super("the response was broken off");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }
}
