// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.transport.BackgroundSink;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.transport.ClientBody;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * Writes a response to Jetty, blocking, except the body of a file. Nothing is held back but the head, which goes out
 * together with the first bytes of the body; the last bytes of a body of known length end the response, so a small one
 * is a single write.
 *
 * <p>For one request and one thread.
 */
final class JettySink implements BackgroundSink {

    private static final FieldMemory FIELDS = new FieldMemory();

    private static final HttpField CHUNKED =
            new PreEncodedHttpField(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());

    private final Response response;
    private final Callback callback;
    private final ClientBody body;
    private final Content.Source content;
    private long missing = -1;
    private boolean complete;
    /** The connection while the body on it could be taken for whole if it broke off. */
    private @Nullable ClientEndPoint unfinished;

    /**
     * For a request.
     *
     * @param callback completed when the response is
     * @param body the request's
     * @param content where it comes from
     */
    JettySink(Response response, Callback callback, ClientBody body, Content.Source content) {
        this.content = content;
        this.response = response;
        this.callback = callback;
        this.body = body;
    }

    @Override
    public void start(int status, Headers headers, long contentLength) throws IOException {
        head(response, status, headers, contentLength);
        missing = contentLength;
        if (contentLength < 0) {
            bodyOfUnknownLength(status);
        }
    }

    private void bodyOfUnknownLength(int status) throws IOException {
        Request request = response.getRequest();
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() >= HttpVersion.HTTP_2.getVersion()
                || HttpMethod.HEAD.is(request.getMethod())
                || HttpStatus.hasNoBody(status)) {
            return;
        }
        boolean chunked = version == HttpVersion.HTTP_1_1;
        if (chunked) {
            // Jetty chunks by itself only if the connection is kept.
            response.getHeaders().put(CHUNKED);
        }
        unfinished = ClientEndPoint.of(request);
        if (unfinished != null) {
            unfinished.bodyBegins(!chunked);
        }
    }

    /** Sets the head of a response that is not sent yet. */
    static void head(Response response, int status, Headers headers, long contentLength) {
        response.setStatus(status);
        HttpFields.Mutable fields = response.getHeaders();
        for (Headers.Field field : headers.fields()) {
            HttpField sent = FIELDS.of(field);
            if (sent.getHeader() == HttpHeader.DATE) {
                fields.put(sent); // instead of Jetty's
            } else {
                fields.add(sent);
            }
        }
        if (contentLength >= 0) {
            fields.put(HttpHeader.CONTENT_LENGTH, contentLength);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
            boolean last = length == missing;
            missing -= missing < 0 ? 0 : length;
            send(last, ByteBuffer.wrap(bytes, offset, length));
        }
    }

    @Override
    public void flush() throws IOException {
        if (!response.isCommitted()) {
            send(false, BufferUtil.EMPTY_BUFFER);
        }
    }

    @Override
    public void end() throws IOException {
        if (!complete) {
            if (missing < 0) {
                flush(); // or else Jetty takes a body that HEAD or 304 leave out for an empty one: Content-Length: 0
            }
            if (unfinished != null) {
                unfinished.bodyIsWhole();
            }
            send(true, BufferUtil.EMPTY_BUFFER);
        }
        finish();
    }

    private void finish() {
        if (body.hasRest()) {
            new Drain(content, callback).run();
        } else {
            callback.succeeded();
        }
    }

    /** Jetty closes the connection, or answers with an error page if nothing was sent yet. */
    @Override
    public void abort() {
        IOException broken = body.failure();
        callback.failed(broken == null ? new Aborted() : badRequest(broken));
    }

    private static Throwable badRequest(IOException cause) {
        return new HttpException.RuntimeException(
                HttpStatus.BAD_REQUEST_400, "the request body ended prematurely", cause);
    }

    @Override
    public void send(BodySource source, long length, Consumer<@Nullable Throwable> done) {
        new Sending(source, length, done).iterate();
    }

    /** Reads the next bytes when the ones before are sent. */
    private final class Sending extends IteratingCallback {
        private static final int BUFFER_BYTES = 32 << 10;

        private final BodySource source;
        private final Consumer<@Nullable Throwable> done;
        private final ByteBuffer buffer;
        private long rest;

        Sending(BodySource source, long length, Consumer<@Nullable Throwable> done) {
            this.source = source;
            this.rest = length;
            this.done = done;
            this.buffer = ByteBuffer.allocate((int) Math.min(length, BUFFER_BYTES));
        }

        /** It reads from a disk. */
        @Override
        public InvocationType getInvocationType() {
            return InvocationType.BLOCKING;
        }

        @Override
        protected Action process() throws IOException {
            if (rest == 0) {
                return Action.SUCCEEDED;
            }
            buffer.clear();
            int read = source.read(buffer);
            if (read < 0) {
                throw new EOFException("the file is shorter than it was");
            }
            buffer.flip();
            rest -= read;
            response.write(rest == 0, buffer, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteSuccess() {
            source.close();
            try {
                finish();
            } finally {
                done.accept(null);
            }
        }

        @Override
        protected void onCompleteFailure(Throwable failure) {
            source.close();
            try {
                callback.failed(new Aborted());
            } finally {
                done.accept(failure);
            }
        }
    }

    private void send(boolean last, ByteBuffer bytes) throws IOException {
        complete = last;
        try (Blocker.Callback written = Blocker.callback()) {
            response.write(last, bytes, written);
            written.block();
        }
    }

    /** Makes Jetty break the response off. Its cause was logged where it was found. */
    static final class Aborted extends IOException implements QuietException {
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
