// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.route.RequestPath;
import java.util.Locale;
import java.util.Optional;

/**
 * A request whose target and host have been checked; the input for routing, arguments and environment.
 *
 * @param request the request as the transport passed it
 * @param id its id
 * @param path the path below the mount path
 * @param query the text after the first {@code ?} of the target, as sent; empty if there is none
 * @param server the host that the client asked for; empty if it is not known
 * @param viaProxy whether a trusted proxy sent it
 */
public record CgiRequest(
        WagiRequest request, String id, RequestPath path, String query, Optional<HostPort> server, boolean viaProxy) {

    /** The maximum length of a target in octets; servers have lower limits. */
    private static final int MAX_TARGET = 64 << 10;

    /** Checks a request that arrived without a proxy; see {@link #parse(WagiRequest, String, TrustedProxies)}. */
    public static Optional<CgiRequest> parse(WagiRequest request, String id) {
        return parse(request, id, false);
    }

    /**
     * Checks a request.
     *
     * @param proxies the proxies whose statements about the request are trusted
     * @return empty if the method, the target, the Host header or a proxy's replacement of them is malformed; such a
     *     request is answered with 400
     */
    public static Optional<CgiRequest> parse(WagiRequest request, String id, TrustedProxies proxies) {
        TrustedProxies.Original original = proxies.original(request);
        return parse(original.request(), id, original.viaProxy());
    }

    /**
     * Returns the request to which a guest redirects this one (RFC 3875, section 6.2.2): GET without a body, checked
     * like any other.
     *
     * @param pathAndQuery the target
     * @return empty if it is malformed
     */
    public Optional<CgiRequest> redirectedTo(String pathAndQuery) {
        Headers.Builder headers = Headers.builder();
        for (Headers.Field field : request.headers()) {
            if (!field.name().toLowerCase(Locale.ROOT).startsWith("content-")) {
                headers.add(field.name(), field.value());
            }
        }
        WagiRequest target = WagiRequest.builder("GET", pathAndQuery)
                .addHeaders(headers.build())
                .from(request)
                .build();
        return parse(target, id, viaProxy);
    }

    private static Optional<CgiRequest> parse(WagiRequest request, String id, boolean viaProxy) {
        String target = request.target();
        if (!Headers.isToken(request.method())
                || target.length() > MAX_TARGET
                || !target.startsWith(request.mountPath())
                || !isClean(target)
                || hasNul(request)) {
            return Optional.empty();
        }
        int mark = target.indexOf('?');
        int end = mark < 0 ? target.length() : mark;
        if (end < request.mountPath().length()) {
            return Optional.empty(); // the path ends within the mount path
        }
        String rawPath = target.substring(request.mountPath().length(), end);
        Optional<RequestPath> path =
                RequestPath.parse(rawPath.isEmpty() && !request.mountPath().isEmpty() ? "/" : rawPath);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        String host = null;
        for (Headers.Field field : request.headers().fields()) {
            if (field.name().equalsIgnoreCase("Host")) {
                if (host != null) {
                    return Optional.empty();
                }
                host = field.value();
            }
        }
        Optional<HostPort> server = host == null || host.isEmpty() ? Optional.empty() : HostPort.parse(host);
        if (server.isEmpty() && host != null && !host.isEmpty()) {
            return Optional.empty();
        }
        String known = request.serverName().orElse("");
        if (!known.isEmpty()) {
            // Most servers take it from the Host field, which has just been parsed.
            boolean same = server.isPresent() && server.get().host().equals(known);
            Optional<HostPort> name = same ? Optional.of(new HostPort(known, -1)) : HostPort.parse(known);
            if (name.isEmpty()) {
                return Optional.empty();
            }
            server = Optional.of(name.get().withPort(request.serverPort(), request.scheme()));
        }
        return Optional.of(
                new CgiRequest(request, id, path.get(), mark < 0 ? "" : target.substring(mark + 1), server, viaProxy));
    }

    /** Returns the same request with its body. */
    public CgiRequest with(WagiRequest whole) {
        return new CgiRequest(whole, id, path, query, server, viaProxy);
    }

    /** NUL would end a variable early. Headers cannot contain it; the other values come from the embedding server. */
    private static boolean hasNul(WagiRequest request) {
        return request.protocol().indexOf('\0') >= 0
                || request.scheme().indexOf('\0') >= 0
                || request.remoteAddress().indexOf('\0') >= 0
                || request.serverAddress().orElse("").indexOf('\0') >= 0
                || request.authType().orElse("").indexOf('\0') >= 0
                || request.remoteUser().orElse("").indexOf('\0') >= 0;
    }

    private static boolean isClean(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f || c > 0xff) {
                return false;
            }
        }
        return true;
    }
}
