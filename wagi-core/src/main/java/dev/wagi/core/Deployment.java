// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.route.Route;
import dev.wagi.core.route.RoutingTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A configuration at work: the routing table and the handlers behind it. Immutable. */
final class Deployment {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private static final byte[] HEALTHY = "OK".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_LOCAL_REDIRECTS = 10;

    private final RoutingTable<GuestHandler> table;
    private final String healthPath;
    private final HostPort defaultHost;

    Deployment(RoutingTable<GuestHandler> table, String healthPath, HostPort defaultHost) {
        this.table = table;
        this.healthPath = healthPath;
        this.defaultHost = defaultHost;
    }

    List<RouteInfo> routes() {
        return table.routes().stream()
                .map(route -> route.target().describe(route))
                .toList();
    }

    /**
     * Answers a request.
     *
     * @throws IOException if the client is gone
     */
    void handle(WagiRequest request, String id, ResponseSink sink) throws IOException {
        boolean head = request.method().equals("HEAD");
        CgiRequest cgi = CgiRequest.parse(request, id).orElse(null);
        for (int hop = 0; hop <= MAX_LOCAL_REDIRECTS; hop++) {
            if (cgi == null) {
                Failure.BAD_REQUEST.send(sink, id, head, Headers.none());
                return;
            }
            Optional<String> redirect = handleOnce(cgi, sink, head);
            if (redirect.isEmpty()) {
                return;
            }
            cgi = CgiRequest.parse(redirected(request, redirect.get()), id).orElse(null);
        }
        LOG.warn("request {} ran into more than {} local redirects", id, MAX_LOCAL_REDIRECTS);
        Failure.INTERNAL.send(sink, id, head, Headers.none());
    }

    private Optional<String> handleOnce(CgiRequest cgi, ResponseSink sink, boolean head) throws IOException {
        if (!healthPath.isEmpty() && healthPath.equals(cgi.path().decoded())) {
            sendHealth(sink, cgi.id(), head);
            return Optional.empty();
        }
        RoutingTable.@Nullable Match<GuestHandler> match =
                table.match(cgi.server().orElse(defaultHost).host(), cgi.path());
        if (match == null) {
            Failure.NOT_FOUND.send(sink, cgi.id(), head, Headers.none());
            return Optional.empty();
        }
        Route<GuestHandler> route = match.forMethod(cgi.request().method());
        if (route == null) {
            Failure.METHOD_NOT_ALLOWED.send(sink, cgi.id(), head, Headers.of("Allow", match.allow()));
            return Optional.empty();
        }
        return route.target().handle(cgi, sink, head);
    }

    /** The path that a guest named, as GET without body (RFC 3875, section 6.2.2). */
    private static WagiRequest redirected(WagiRequest request, String target) {
        Headers.Builder headers = Headers.builder();
        for (Headers.Field field : request.headers()) {
            if (!field.name().toLowerCase(java.util.Locale.ROOT).startsWith("content-")) {
                headers.add(field.name(), field.value());
            }
        }
        WagiRequest.Builder redirected = WagiRequest.builder("GET", target)
                .headers(headers.build())
                .mountPath(request.mountPath())
                .protocol(request.protocol())
                .scheme(request.scheme())
                .remoteAddress(request.remoteAddress());
        request.authType().ifPresent(redirected::authType);
        request.remoteUser().ifPresent(redirected::remoteUser);
        return redirected.build();
    }

    private static void sendHealth(ResponseSink sink, String id, boolean head) throws IOException {
        sink.start(200, Headers.of("Content-Type", "text/plain; charset=utf-8", RequestId.HEADER, id), HEALTHY.length);
        if (!head) {
            sink.write(HEALTHY, 0, HEALTHY.length);
        }
        sink.end();
    }
}
