// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import dev.wagi.core.api.WagiRequest;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Turns Spring's requests into WAGI's. */
final class Translation {

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private Translation() {}

    /**
     * Returns everything of a request but its body.
     *
     * @param prefix the path of the handler below the context path
     * @throws IllegalArgumentException if no guest can have it
     */
    static WagiRequest.Builder of(ServerHttpRequest request, String prefix) {
        String method = request.getMethod().name();
        if (method.equals("CONNECT")) {
            throw new IllegalArgumentException("the target of CONNECT is not a path");
        }
        String protocol = Protocol.of(request);
        if (protocol.equals("HTTP/1.1") && request.getHeaders().getFirst("Host") == null) {
            throw new IllegalArgumentException("HTTP/1.1 without Host"); // RFC 9112, section 3.2
        }
        URI uri = request.getURI();
        String query = uri.getRawQuery();
        if (query != null && !isUtf8(query)) {
            throw new IllegalArgumentException("the query is not UTF-8");
        }
        WagiRequest.Builder builder = WagiRequest.builder(
                        method, query == null ? uri.getRawPath() : uri.getRawPath() + "?" + query)
                .mountPath(request.getPath().contextPath().value() + prefix)
                .protocol(protocol)
                .scheme("https".equalsIgnoreCase(uri.getScheme()) ? "https" : "http");
        for (Map.Entry<String, List<String>> field : request.getHeaders().headerSet()) {
            for (String value : field.getValue()) {
                builder.addHeader(field.getKey(), value);
            }
        }
        InetSocketAddress remote = request.getRemoteAddress();
        if (remote != null) {
            builder.remoteAddress(text(remote)).remotePort(remote.getPort());
        }
        InetSocketAddress local = request.getLocalAddress();
        if (local != null) {
            builder.serverAddress(text(local));
        }
        server(request, builder);
        return builder;
    }

    /** Whether the octets of a text, one {@code char} each, are UTF-8. */
    private static boolean isUtf8(String octets) {
        byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
    }

    private static String text(InetSocketAddress address) {
        String text = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    /** Whom the client asked, if a filter knows that better than the Host field: it has listened to a proxy. */
    private static void server(ServerHttpRequest request, WagiRequest.Builder builder) {
        String host = request.getHeaders().getFirst("Host");
        URI uri = request.getURI();
        String name = uri.getHost();
        if (host == null || name == null) {
            return;
        }
        int usual = "https".equalsIgnoreCase(uri.getScheme()) ? HTTPS_PORT : HTTP_PORT;
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        if (!host.equalsIgnoreCase(name + ":" + port) && !(port == usual && host.equalsIgnoreCase(name))) {
            builder.server(name, port);
        }
    }

    /** The length of the body; 0 if there is none, -1 if it is not known. */
    static long contentLength(ServerHttpRequest request) {
        long length = request.getHeaders().getContentLength();
        if (length >= 0) {
            return length;
        }
        return Protocol.of(request).startsWith("HTTP/1.")
                        && request.getHeaders().getFirst("Transfer-Encoding") == null
                ? 0
                : -1;
    }
}
