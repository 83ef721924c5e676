// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.WagiRequest;
import java.util.Arrays;
import java.util.List;

/**
 * The proxies that are trusted to report a request's origin and the scheme, host, port and path that it was sent to.
 *
 * <p>Each proxy appends the address of its own client to {@code X-Forwarded-For} (or an element to {@code Forwarded}),
 * so the field is read from its end: as long as an address is that of a trusted proxy, the preceding one is believed.
 *
 * <pre>
 * connection from 10.0.0.9        X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.0.0.1
 * trusted 10.0.0.0/8         ->   203.0.113.7, whatever the client wrote before it
 * </pre>
 *
 * Immutable.
 */
public final class TrustedProxies {

    private static final TrustedProxies NONE = new TrustedProxies(List.of(), false);

    /** More addresses than any real chain of proxies has; a client may send thousands. */
    private static final int MAX_HOPS = 32;

    /** The address of clients of a Unix domain socket. */
    private static final String UNIX = "unix";

    private final List<Network> networks;
    private final boolean unix;

    private TrustedProxies(List<Network> networks, boolean unix) {
        this.networks = networks;
        this.unix = unix;
    }

    /** Returns an instance that trusts no proxy: the client is the peer of the connection. */
    public static TrustedProxies none() {
        return NONE;
    }

    /**
     * Parses a list of addresses and networks.
     *
     * @param texts IPv4 or IPv6 addresses, followed by {@code /bits} for a network; {@code unix} for clients of a Unix
     *     domain socket
     * @throws IllegalArgumentException if one is malformed; the message begins with it
     */
    public static TrustedProxies parse(List<String> texts) {
        return texts.isEmpty()
                ? NONE
                : new TrustedProxies(
                        texts.stream()
                                .filter(text -> !text.equals(UNIX))
                                .map(Network::parse)
                                .toList(),
                        texts.contains(UNIX));
    }

    /** The value of REMOTE_ADDR if a trusted proxy does not report its client's address (RFC 7239, section 6.2). */
    static final String UNKNOWN = "unknown";

    /**
     * A request as its client sent it.
     *
     * @param request the request as sent to the outermost trusted proxy
     * @param viaProxy whether it came through a trusted proxy
     */
    record Original(WagiRequest request, boolean viaProxy) {}

    /**
     * Reconstructs the client's request from what trusted proxies report.
     *
     * <p>If an element cannot be parsed or the chain is too long, the client is {@value #UNKNOWN}; it is never the
     * address of a proxy, which a guest might trust.
     */
    Original original(WagiRequest request) {
        if (this == NONE || !isTrusted(request.remoteAddress())) {
            return new Original(request, false);
        }
        Forwarding forwarding = Forwarding.of(request.headers());
        if (forwarding == null) {
            return new Original(request, true);
        }
        String client = request.remoteAddress();
        int port = request.remotePort();
        int hop = 0;
        while (hop < forwarding.hops() && isTrusted(client)) {
            Forwarding.Node node = hop == MAX_HOPS ? null : forwarding.client(hop + 1);
            client = node == null ? UNKNOWN : node.address();
            port = node == null ? -1 : node.port();
            hop++;
        }
        WagiRequest.Builder original = WagiRequest.builder(request.method(), request.target())
                .from(request)
                .addHeaders(request.headers())
                .remoteAddress(client)
                .remotePort(port);
        request.readiness()
                .ifPresentOrElse(
                        ready -> original.body(request.body(), request.contentLength(), ready),
                        () -> original.body(request.body(), request.contentLength()));
        return new Original(server(forwarding, Math.max(hop, 1), request, original), true);
    }

    /** Sets scheme, host, port and path as the client knows them. */
    private static WagiRequest server(
            Forwarding forwarding, int hop, WagiRequest request, WagiRequest.Builder original) {
        String scheme = forwarding.scheme(hop);
        String host = forwarding.host(hop);
        int port = forwarding.port(hop);
        String prefix = forwarding.prefix(hop);
        if (scheme != null) {
            original.scheme(scheme);
        }
        String name = host != null
                ? host
                : request.serverName().or(() -> request.headers().first("Host")).orElse("");
        if (scheme != null || host != null || port > 0) {
            original.server(name, port > 0 ? port : -1);
        }
        if (prefix != null) {
            original.mountPath(prefix + request.mountPath()).target(prefix + request.target());
        }
        return original.build();
    }

    private boolean isTrusted(String address) {
        if (address.equals(UNIX)) {
            return unix;
        }
        byte[] bytes = IpAddress.parse(address);
        return bytes != null && networks.stream().anyMatch(network -> network.contains(bytes));
    }

    /** An address and the number of its significant bits. */
    private record Network(byte[] address, int bits) {

        static Network parse(String text) {
            int slash = text.indexOf('/');
            byte[] address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
            String length = slash < 0 ? "" : text.substring(slash + 1);
            if (address == null || slash >= 0 && !length.matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException("\"" + text
                        + "\" is not an IP address or network; write for instance \"10.0.0.1\" or \"10.0.0.0/8\"");
            }
            int bits = length.isEmpty() ? address.length * 8 : Integer.parseInt(length);
            if (bits > address.length * 8) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" has more than the " + address.length * 8 + " bits of its address");
            }
            return new Network(address, bits);
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = bits / 8;
            int rest = bits % 8;
            if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
                return false;
            }
            int mask = 0xff00 >> rest & 0xff;
            return rest == 0 || (address[whole] & mask) == (other[whole] & mask);
        }
    }
}
