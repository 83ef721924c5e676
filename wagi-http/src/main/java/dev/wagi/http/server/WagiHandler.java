// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.server;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.http.internal.RequestBody;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.HostPort;

/** Turns Jetty's requests into WAGI's. The guest runs on the thread that calls. */
final class WagiHandler extends Handler.Abstract {

    private final Wagi wagi;

    WagiHandler(Wagi wagi) {
        super(InvocationType.BLOCKING);
        this.wagi = wagi;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RequestBody body = new RequestBody(
                () -> hasBody(request) ? Content.Source.asInputStream(request) : InputStream.nullInputStream(),
                request.getHeaders().contains(HttpHeader.EXPECT));
        WagiRequest translated;
        try {
            translated = translate(request, body);
        } catch (IllegalArgumentException e) {
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400);
            return true;
        }
        // How long a guest may take is WAGI's business; reads and writes still time out.
        request.addIdleTimeoutListener(timeout -> false);
        wagi.handle(translated, new JettySink(response, callback, body));
        return true;
    }

    private static WagiRequest translate(Request request, RequestBody body) {
        if (HttpMethod.CONNECT.is(request.getMethod())) {
            throw new IllegalArgumentException("the target of CONNECT is not a path");
        }
        WagiRequest.Builder builder = WagiRequest.builder(request.getMethod(), target(request.getHttpURI()))
                .protocol(request.getConnectionMetaData().getHttpVersion().asString())
                .scheme(request.isSecure() ? "https" : "http");
        for (HttpField field : request.getHeaders()) {
            builder.header(
                    field.getName(), field.getHeader() == HttpHeader.HOST ? host(request, field) : field.getValue());
        }
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress client) {
            builder.remoteAddress(client.getAddress().getHostAddress());
        }
        return builder.body(body, hasBody(request) ? request.getLength() : 0).build();
    }

    /** In HTTP/1.1, a request without Content-Length and Transfer-Encoding has no body. */
    private static boolean hasBody(Request request) {
        long length = request.getLength();
        return length > 0 || length < 0 && request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }

    /** Path and query as sent. Jetty reads the request line as UTF-8; WAGI has one {@code char} per octet. */
    private static String target(HttpURI uri) {
        String target = uri.getPathQuery();
        return target == null ? "" : new String(target.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** The Host field, unless the request target is a whole URL: then that one's (RFC 9112, section 3.2.2). */
    private static String host(Request request, HttpField field) {
        HttpURI uri = request.getHttpURI();
        HostPort sent = new HostPort(field.getValue());
        boolean same = sent.getHost().equalsIgnoreCase(uri.getHost()) && sent.getPort() == Math.max(uri.getPort(), 0);
        return same ? field.getValue() : uri.getAuthority();
    }
}
