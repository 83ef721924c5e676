// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.transport.ClientBody;
import dev.wagi.core.internal.transport.TransferCodings;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * Turns Jetty's requests into WAGI's. Those that can be answered at once are, on the thread that reads from the
 * sockets; others go to a thread of the pool, which they may hold up.
 */
final class WagiHandler extends Handler.Abstract {

    /** What a decoder puts in the place of octets that are not UTF-8. */
    private static final char REPLACEMENT = '\ufffd';

    /** The address of clients of a Unix domain socket. */
    private static final String UNIX = "unix";

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private static final AddressText CLIENTS = new AddressText();
    private static final AddressText SERVERS = new AddressText();

    /** What a route may take; there may be others. */
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE";

    private final Wagi wagi;

    WagiHandler(Wagi wagi) {
        super(InvocationType.NON_BLOCKING);
        this.wagi = wagi;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        ClientEndPoint client = ClientEndPoint.of(request);
        if (client != null) {
            client.requestBegins();
            AbstractConnection connection = http1(request);
            request.addHttpStreamWrapper(stream -> new Answered(stream, client, connection));
            if (connection != null
                    && request.getConnectionMetaData().getConnector() instanceof dev.wagi.server.Listener listener
                    && listener.isLeaving()) {
                response.getHeaders().put(HttpHeader.CONNECTION, "close"); // the next one is for another process
            }
        }
        if (HttpMethod.OPTIONS.is(request.getMethod())
                && "*".equals(request.getHttpURI().getPathQuery())) {
            // About the server and not about any of its routes (RFC 9110, section 9.3.7).
            response.setStatus(HttpStatus.NO_CONTENT_204);
            response.getHeaders().put(HttpHeader.ALLOW, METHODS);
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
            return true;
        }
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                && request.getLength() < 0
                && !TransferCodings.areUnderstood(request.getHeaders().getValuesList(HttpHeader.TRANSFER_ENCODING))) {
            Response.writeError(request, response, callback, HttpStatus.NOT_IMPLEMENTED_501);
            return true;
        }
        boolean expected = request.getHeaders().contains(HttpHeader.EXPECT);
        FirstChunk content = new FirstChunk(request);
        long length = length(request, content, expected);
        ClientBody body = new ClientBody(() -> open(request, content, length), length, expected, () -> {});
        WagiRequest translated;
        try {
            translated = translate(request, body, length, content);
        } catch (IllegalArgumentException e) {
            content.close();
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400);
            return true;
        }
        if (length == 0 && !expected && wagi.tryHandle(translated, new PromptSink(response, callback))) {
            content.close();
            return true;
        }
        // How long a request may take is WAGI's business; reads and writes still time out.
        request.addIdleTimeoutListener(timeout -> false);
        Callback answered = Callback.from(content::close, callback);
        wagi.handle(
                translated,
                new JettySink(response, answered, body, content),
                request.getComponents().getExecutor());
        return true;
    }

    /**
     * For a guest that has its turn: however many clients wait for theirs, they have no more than a small buffer each.
     */
    private static InputStream open(Request request, FirstChunk content, long length) {
        if (length == 0) {
            return InputStream.nullInputStream();
        }
        AbstractConnection connection = http1(request);
        if (connection != null && (length < 0 || length > WagiServer.INPUT_BYTES)) {
            connection.setInputBufferSize(WagiServer.BODY_BYTES);
        }
        return content.stream();
    }

    /**
     * The connection of a request, if the size of its buffer tells how much is read at a time; in HTTP/2 it is a frame.
     */
    private static @Nullable AbstractConnection http1(Request request) {
        return request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2
                        && request.getConnectionMetaData().getConnection() instanceof AbstractConnection connection
                ? connection
                : null;
    }

    /** Tells a connection that the request is over, before the next one can begin. */
    private static final class Answered extends HttpStream.Wrapper {
        private final ClientEndPoint client;
        private final @Nullable AbstractConnection connection;
        private final AtomicBoolean told = new AtomicBoolean();

        Answered(HttpStream stream, ClientEndPoint client, @Nullable AbstractConnection connection) {
            super(stream);
            this.client = client;
            this.connection = connection;
        }

        @Override
        public void succeeded() {
            tell();
            super.succeeded();
        }

        @Override
        public void failed(Throwable failure) {
            tell();
            super.failed(failure);
        }

        private void tell() {
            if (told.compareAndSet(false, true)) {
                if (connection != null && connection.getInputBufferSize() != WagiServer.INPUT_BYTES) {
                    connection.setInputBufferSize(WagiServer.INPUT_BYTES);
                }
                client.requestEnds();
            }
        }
    }

    private static WagiRequest translate(Request request, ClientBody body, long length, FirstChunk content) {
        if (HttpMethod.CONNECT.is(request.getMethod())) {
            throw new IllegalArgumentException("the target of CONNECT is not a path");
        }
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0
                && request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
            // A proxy that does not know it in HTTP/1.0 sees another end of the body (RFC 9112, section 6.1).
            throw new IllegalArgumentException("HTTP/1.0 has no Transfer-Encoding");
        }
        WagiRequest.Builder builder = WagiRequest.builder(request.getMethod(), target(request.getHttpURI()))
                .protocol(request.getConnectionMetaData().getHttpVersion().asString())
                .scheme(request.isSecure() ? "https" : "http");
        for (HttpField field : request.getHeaders()) {
            builder.addHeader(
                    field.getName(), field.getHeader() == HttpHeader.HOST ? host(request, field) : field.getValue());
        }
        String authority = request.getHttpURI().getAuthority();
        boolean http2 = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
        if (http2 && authority != null && !request.getHeaders().contains(HttpHeader.HOST)) {
            builder.addHeader(HttpHeader.HOST.asString(), authority); // :authority
        }
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress client) {
            builder.remoteAddress(CLIENTS.of(client.getAddress())).remotePort(client.getPort());
        }
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof UnixDomainSocketAddress) {
            builder.remoteAddress(UNIX); // and not the default, a loopback address, which a guest may trust
        }
        if (request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress server) {
            builder.serverAddress(SERVERS.of(server.getAddress()));
        }
        return builder.body(body, length, later -> body.isReady() || content.isReady(later))
                .build();
    }

    /**
     * The length of the body, 0 if there is none, -1 if that is not known. Without Content-Length there is none in
     * HTTP/1.1 unless it is chunked, and in HTTP/2 if the header ended the stream; to look for that would ask for a
     * body that the client holds back.
     */
    private static long length(Request request, FirstChunk content, boolean expected) {
        if (request.getLength() >= 0) {
            return request.getLength();
        }
        boolean none = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2
                ? !expected && content.isEmpty()
                : !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
        return none ? 0 : -1;
    }

    /**
     * Path and query as sent. Jetty reads the request line as UTF-8; WAGI has one {@code char} per octet.
     *
     * @throws IllegalArgumentException if there were octets that are not UTF-8: which ones is lost
     */
    private static String target(HttpURI uri) {
        String target = uri.getPathQuery();
        if (target == null) {
            return "";
        }
        if (isAscii(target)) {
            return target;
        }
        if (target.indexOf(REPLACEMENT) >= 0) {
            throw new IllegalArgumentException("the request target is not UTF-8");
        }
        return new String(target.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /**
     * The Host field, unless the request target is a whole URL: then that one's (RFC 9112, section 3.2.2). Jetty makes
     * one of the Host field, without a port that the scheme has anyway.
     */
    private static String host(Request request, HttpField field) {
        HttpURI uri = request.getHttpURI();
        if (field.getValue().equals(uri.getAuthority())) {
            return field.getValue();
        }
        int usual = request.isSecure() ? HTTPS_PORT : HTTP_PORT;
        HostPort sent = new HostPort(field.getValue());
        boolean same = sent.getHost().equalsIgnoreCase(uri.getHost())
                && sent.getPort(usual) == (uri.getPort() > 0 ? uri.getPort() : usual);
        return same ? field.getValue() : uri.getAuthority();
    }
}
