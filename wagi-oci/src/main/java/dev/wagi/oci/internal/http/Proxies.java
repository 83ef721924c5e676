// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import dev.wagi.oci.OciException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP proxies that the environment variables name. The variables have the same meaning as for registry clients
 * written in Go, such as docker, containerd and skopeo:
 *
 * <pre>
 * https_proxy, HTTPS_PROXY   for https: [http://][user:password@]host[:port]; the default port is 80
 * http_proxy, HTTP_PROXY     for http; HTTP_PROXY is ignored in a CGI environment (REQUEST_METHOD is set)
 * no_proxy, NO_PROXY         *                  no proxy for any host
 *                            example.org        this host and its subdomains; with :port only that port
 *                            .example.org       its subdomains only, as does *.example.org
 *                            10.0.0.7, ::1      this address
 *                            10.0.0.0/8         addresses of this network, if the registry is named by its address
 * </pre>
 *
 * <p>The first spelling takes precedence. Proxies are never used for localhost and loopback addresses. Immutable.
 */
public final class Proxies {

    private static final int DEFAULT_PORT = 80;
    private static final int MAX_PORT = 0xffff;

    private static final String OCTET = "(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])";
    private static final Pattern ADDRESS =
            Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}|[0-9a-fA-F:.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

    private final @Nullable Variable http;
    private final @Nullable Variable https;
    private final List<Predicate<Origin>> direct;

    private Proxies(@Nullable Variable http, @Nullable Variable https, List<Predicate<Origin>> direct) {
        this.http = http;
        this.https = https;
        this.direct = List.copyOf(direct);
    }

    /** A variable that is set. */
    private record Variable(String name, String value) {}

    /**
     * A proxy.
     *
     * @param variable the variable that names it
     * @param authorization the Proxy-Authorization field; null if there is none
     */
    record Proxy(
            String variable,
            String host,
            int port,
            @Nullable String authorization) {
        InetSocketAddress address() {
            return InetSocketAddress.createUnresolved(host, port);
        }

        /** Returns the proxy without its password. */
        @Override
        public String toString() {
            return "the proxy http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port + " of "
                    + variable;
        }
    }

    /**
     * Returns the proxies of the environment variables. Errors in them are reported by the first request that needs
     * them.
     */
    public static Proxies of(Map<String, String> environment) {
        Variable http =
                variable(environment, "http_proxy", environment.containsKey("REQUEST_METHOD") ? null : "HTTP_PROXY");
        Variable https = variable(environment, "https_proxy", "HTTPS_PROXY");
        Variable no = variable(environment, "no_proxy", "NO_PROXY");
        List<Predicate<Origin>> direct = new ArrayList<>();
        for (String entry : no == null ? new String[0] : no.value().split("[,\\s]+")) {
            exception(entry.toLowerCase(Locale.ROOT)).ifPresent(direct::add);
        }
        return new Proxies(http, https, direct);
    }

    private static @Nullable Variable variable(Map<String, String> environment, String first, @Nullable String second) {
        String value = environment.getOrDefault(first, "").strip();
        if (!value.isEmpty() || second == null) {
            return value.isEmpty() ? null : new Variable(first, value);
        }
        value = environment.getOrDefault(second, "").strip();
        return value.isEmpty() ? null : new Variable(second, value);
    }

    private static Optional<Predicate<Origin>> exception(String entry) {
        if (entry.equals("*")) {
            return Optional.of(origin -> true);
        }
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return network(entry.substring(0, slash), entry.substring(slash + 1));
        }
        Optional<byte[]> address = address(entry);
        if (address.isPresent()) {
            return Optional.of(origin -> isIn(origin, address.get(), address.get().length * 8));
        }
        int colon = entry.endsWith("]") ? -1 : entry.lastIndexOf(':');
        String port = colon < 0 ? "" : entry.substring(colon + 1);
        String host = colon < 0 ? entry : entry.substring(0, colon);
        Predicate<Origin> isPort = origin -> port.isEmpty() || port.equals(Integer.toString(origin.port()));
        Optional<byte[]> literal = address(host);
        if (literal.isPresent()) {
            return Optional.of(origin -> isPort.test(origin) && isIn(origin, literal.get(), literal.get().length * 8));
        }
        String name = host.startsWith("*.") ? host.substring(1) : host;
        if (name.isEmpty() || name.equals(".")) {
            return Optional.empty();
        }
        String below = name.startsWith(".") ? name : "." + name;
        return Optional.of(origin -> isPort.test(origin)
                && (origin.host().equals(name) || origin.host().endsWith(below)));
    }

    private static Optional<Predicate<Origin>> network(String text, String length) {
        Optional<byte[]> address = address(text);
        if (address.isEmpty() || !length.matches("[0-9]{1,3}") || Integer.parseInt(length) > address.get().length * 8) {
            return Optional.empty();
        }
        int bits = Integer.parseInt(length);
        return Optional.of(origin -> isIn(origin, address.get(), bits));
    }

    private static boolean isIn(Origin origin, byte[] network, int bits) {
        Optional<byte[]> address = address(origin.host());
        if (address.isEmpty() || address.get().length != network.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if (((address.get()[i / 8] ^ network[i / 8]) >> 7 - i % 8 & 1) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns the bytes of an address literal, possibly in brackets, without a DNS lookup; empty for other hosts. */
    private static Optional<byte[]> address(String host) {
        String text = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (!ADDRESS.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text.indexOf(':') < 0 ? text : "[" + text + "]")
                    .getAddress());
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private static boolean isLoopback(Origin origin) {
        if (origin.host().equals("localhost")) {
            return true;
        }
        try {
            return address(origin.host()).isPresent()
                    && InetAddress.getByAddress(address(origin.host()).get()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether the environment names a proxy. */
    boolean isPresent() {
        return http != null || https != null;
    }

    /**
     * Returns the proxy for an origin; empty for a direct connection.
     *
     * @throws OciException.Unavailable if the variable's value is malformed; the message does not quote the value,
     *     which may contain a password
     */
    Optional<Proxy> of(Origin origin) {
        Variable variable = origin.isPlain() ? http : https;
        if (variable == null || isLoopback(origin) || direct.stream().anyMatch(entry -> entry.test(origin))) {
            return Optional.empty();
        }
        String value = variable.value();
        try {
            URI uri = new URI(value.contains("://") ? value : "http://" + value);
            if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getPort() > MAX_PORT) {
                throw new IllegalArgumentException("not an http URL");
            }
            String host = uri.getHost().startsWith("[")
                    ? uri.getHost().substring(1, uri.getHost().length() - 1)
                    : uri.getHost();
            return Optional.of(new Proxy(
                    variable.name(),
                    host,
                    uri.getPort() > 0 ? uri.getPort() : DEFAULT_PORT,
                    authorization(uri.getRawUserInfo())));
        } catch (URISyntaxException | IllegalArgumentException e) {
            // No cause, because its message would contain the value.
            throw new OciException.Unavailable("the environment variable " + variable.name()
                    + " does not name a proxy that can be used for " + origin
                    + "; write http://host:port, or http://user:password@host:port with special characters as %xx, or"
                    + " add the host to NO_PROXY");
        }
    }

    private static @Nullable String authorization(@Nullable String userInfo) {
        if (userInfo == null || userInfo.isEmpty()) {
            return null;
        }
        String pair = URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString(
                                (userInfo.indexOf(':') < 0 ? pair + ":" : pair).getBytes(StandardCharsets.UTF_8));
    }
}
