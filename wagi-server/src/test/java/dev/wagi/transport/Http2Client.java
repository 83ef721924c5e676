// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.FuturePromise;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** HTTP/2 frame by frame, over TLS. Streams at once are fine; each is for one thread. */
final class Http2Client implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 300;

    private final HTTP2Client client = new HTTP2Client();
    private final SslContextFactory.Client tls = new SslContextFactory.Client(true);
    private final URI server;
    private final Session session;

    Http2Client(URI server) throws Exception {
        this.server = server;
        client.addBean(tls);
        client.setIdleTimeout(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        client.start();
        session = client.connect(
                        tls, new InetSocketAddress(server.getHost(), server.getPort()), new Session.Listener() {})
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** What came: DATA with its text, one {@code char} per octet, or how the stream ended. */
    record Event(Kind kind, String text) {}

    /** HEADERS carry the status as text, RESET the error code. */
    enum Kind {
        HEADERS,
        DATA,
        END,
        RESET
    }

    /** Begins a request, with or without a body to follow. */
    Exchange open(String method, String rawPath, HttpFields fields, boolean withBody) throws Exception {
        HttpURI uri = HttpURI.from("https", server.getHost(), server.getPort(), rawPath);
        MetaData.Request request = new MetaData.Request(method, uri, HttpVersion.HTTP_2, fields);
        Exchange exchange = new Exchange();
        FuturePromise<Stream> promise = new FuturePromise<>();
        session.newStream(new HeadersFrame(request, null, !withBody), promise, exchange);
        exchange.stream = promise.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return exchange;
    }

    @Override
    public void close() {
        LifeCycle.stop(client);
    }

    /** A request and its response. */
    static final class Exchange implements Stream.Listener {

        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private Stream stream;

        @Override
        public void onHeaders(Stream from, HeadersFrame frame) {
            if (frame.getMetaData() instanceof MetaData.Response response) {
                events.add(new Event(Kind.HEADERS, Integer.toString(response.getStatus())));
            }
            if (frame.isEndStream()) {
                events.add(new Event(Kind.END, ""));
            } else {
                from.demand();
            }
        }

        @Override
        public void onDataAvailable(Stream from) {
            Stream.Data data = from.readData();
            if (data == null) {
                from.demand();
                return;
            }
            DataFrame frame = data.frame();
            events.add(new Event(
                    Kind.DATA,
                    StandardCharsets.ISO_8859_1.decode(frame.getByteBuffer()).toString()));
            data.release();
            if (frame.isEndStream()) {
                events.add(new Event(Kind.END, ""));
            } else {
                from.demand();
            }
        }

        @Override
        public void onReset(Stream from, ResetFrame frame, Callback callback) {
            events.add(new Event(Kind.RESET, Integer.toString(frame.getError())));
            callback.succeeded();
        }

        @Override
        public void onFailure(Stream from, int error, String reason, Throwable failure, Callback callback) {
            events.add(new Event(Kind.RESET, error + " " + reason + ": " + failure));
            callback.succeeded();
        }

        /** Sends DATA; says what the server did if it does not take it. */
        void send(byte[] bytes, boolean last) throws Exception {
            Callback.Completable sent = new Callback.Completable();
            stream.data(new DataFrame(stream.getId(), ByteBuffer.wrap(bytes), last), sent);
            try {
                sent.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("not all was taken; the server sent: " + events, e);
            }
        }

        /** Breaks it off. */
        void reset() throws Exception {
            Callback.Completable sent = new Callback.Completable();
            stream.reset(new ResetFrame(stream.getId(), 8), sent);
            sent.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        Event next() throws InterruptedException {
            Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("nothing came within " + PATIENCE_SECONDS + " s");
            }
            return event;
        }

        /** Takes what comes until a text has been seen. */
        String readUntil(String text) throws InterruptedException {
            StringBuilder seen = new StringBuilder();
            while (seen.indexOf(text) < 0) {
                Event event = next();
                if (event.kind == Kind.END || event.kind == Kind.RESET) {
                    throw new AssertionError(event + " after: " + seen);
                }
                if (event.kind == Kind.DATA) {
                    seen.append(event.text);
                }
            }
            return seen.toString();
        }

        /** Takes what comes to the end; answers how it ended. */
        Event readTo(StringBuilder body) throws InterruptedException {
            for (Event event = next(); ; event = next()) {
                if (event.kind == Kind.END || event.kind == Kind.RESET) {
                    return event;
                }
                if (event.kind == Kind.DATA) {
                    body.append(event.text);
                }
            }
        }
    }
}
