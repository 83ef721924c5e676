// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.route.RequestPath;
import java.util.Optional;

/**
 * A request whose target and host were checked: what routing, arguments and environment are made from.
 *
 * @param request the request as the transport gave it
 * @param id its id
 * @param path the path below the mount path
 * @param query what follows the first {@code ?} of the target, as sent; empty if there is none
 * @param server the Host header, or empty if there is none
 */
public record CgiRequest(WagiRequest request, String id, RequestPath path, String query, Optional<HostPort> server) {

    /** Longest target that is looked at, in octets; servers are stricter. */
    private static final int MAX_TARGET = 64 << 10;

    /**
     * Checks a request.
     *
     * @return empty if the method, the target or the Host header is malformed: the answer is 400
     */
    public static Optional<CgiRequest> parse(WagiRequest request, String id) {
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
        return Optional.of(new CgiRequest(request, id, path.get(), mark < 0 ? "" : target.substring(mark + 1), server));
    }

    /** NUL would end a variable early. Headers cannot hold it; the rest comes from the embedding server. */
    private static boolean hasNul(WagiRequest request) {
        return request.protocol().indexOf('\0') >= 0
                || request.scheme().indexOf('\0') >= 0
                || request.remoteAddress().indexOf('\0') >= 0
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
