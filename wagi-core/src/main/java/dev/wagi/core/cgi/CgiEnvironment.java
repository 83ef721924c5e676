// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.route.RoutePattern;
import dev.wagi.core.sandbox.GuestStrings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The environment of a guest: the module's own variables, the meta-variables of CGI/1.1 and WAGI, and {@code HTTP_*} for
 * the request's headers.
 *
 * <p>One per route; what does not change between requests is encoded once. Immutable and thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-4.1">RFC 3875, section 4.1</a>
 */
public final class CgiEnvironment {

    /**
     * Fields that say something about the connection or are credentials, those that are variables of their own, and Proxy,
     * which would become the HTTP_PROXY that many HTTP clients obey (httpoxy).
     */
    private static final Set<String> WITHHELD = Set.of(
            "connection",
            "content-length",
            "content-type",
            "keep-alive",
            "proxy",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** How many variables come from the request itself. */
    private static final int VARIABLES = 21;

    private static final String AUTHORIZATION = "authorization";

    /**
     * What does not depend on the route.
     *
     * @param defaultHost what SERVER_NAME and SERVER_PORT are without a Host header
     * @param trustedProxies whose word is taken for REMOTE_ADDR
     */
    public record Server(HostPort defaultHost, TrustedProxies trustedProxies) {}

    private final RoutePattern pattern;
    private final Server server;
    private final boolean passAuthorization;
    private final Set<String> operatorNames;
    private final GuestStrings constant;

    /**
     * Prepares a route's environment.
     *
     * @param variables the module's own variables; none may be {@linkplain MetaVariable#isReserved reserved}
     * @param passAuthorization whether the guest may see the Authorization header
     * @param server what it says of the server
     */
    public CgiEnvironment(
            RoutePattern pattern, Map<String, String> variables, boolean passAuthorization, Server server) {
        this.pattern = pattern;
        this.server = server;
        this.passAuthorization = passAuthorization;
        this.operatorNames = Set.copyOf(variables.keySet());
        Entries entries = new Entries(256, 8);
        variables.forEach(entries::text);
        entries.text(MetaVariable.GATEWAY_INTERFACE, "CGI/1.1");
        entries.text(MetaVariable.SERVER_SOFTWARE, "WAGI/1");
        entries.text(MetaVariable.X_MATCHED_ROUTE, pattern.toString());
        this.constant = entries.strings.build();
    }

    /** SCRIPT_NAME of a request: the mount path and the route without its wildcard, decoded. */
    public String scriptName(CgiRequest request) {
        String mountPath = request.request().mountPath();
        return mountPath.isEmpty() ? pattern.scriptName() : mountPath + pattern.scriptName();
    }

    /** The environment of a request. */
    public GuestStrings encode(CgiRequest cgi) {
        WagiRequest request = cgi.request();
        boolean tls = request.scheme().equals("https");
        HostPort defaultHost = server.defaultHost();
        HostPort host = cgi.server().orElse(defaultHost);
        int port = host.port() >= 0 ? host.port() : cgi.server().isPresent() ? defaultHost.port() : -1;
        if (port < 0) {
            port = tls ? 443 : 80;
        }
        String pathInfo = pattern.pathInfo(cgi.path());

        Entries entries = new Entries(
                size(request),
                constant.count() + VARIABLES + request.headers().fields().size());
        entries.strings.addAll(constant);
        entries.octets(MetaVariable.AUTH_TYPE, request.authType().orElse(""));
        if (request.contentLength() >= 0) {
            entries.text(MetaVariable.CONTENT_LENGTH, Long.toString(request.contentLength()));
        }
        entries.octets(
                MetaVariable.CONTENT_TYPE,
                request.headers().first("Content-Type").orElse(""));
        if (tls) {
            entries.text(MetaVariable.HTTPS, "on");
        }
        entries.text(MetaVariable.PATH_INFO, pathInfo);
        entries.text(MetaVariable.PATH_TRANSLATED, pathInfo);
        entries.octets(MetaVariable.QUERY_STRING, cgi.query());
        String client = server.trustedProxies().client(request);
        entries.text(MetaVariable.REMOTE_ADDR, client);
        entries.text(MetaVariable.REMOTE_HOST, client);
        entries.text(MetaVariable.REMOTE_USER, request.remoteUser().orElse(""));
        entries.text(MetaVariable.REQUEST_METHOD, request.method());
        entries.text(MetaVariable.REQUEST_SCHEME, request.scheme());
        entries.octets(MetaVariable.REQUEST_URI, request.target());
        entries.text(MetaVariable.SCRIPT_NAME, scriptName(cgi));
        entries.text(MetaVariable.SERVER_NAME, host.host());
        entries.text(MetaVariable.SERVER_PORT, Integer.toString(port));
        entries.text(MetaVariable.SERVER_PROTOCOL, request.protocol());
        entries.octets(MetaVariable.X_FULL_URL, fullUrl(cgi, host, port, tls));
        entries.octets(MetaVariable.X_RAW_PATH_INFO, pattern.rawPathInfo(cgi.path()));
        entries.text(MetaVariable.X_REQUEST_ID, cgi.id());
        headers(request.headers(), entries);
        return entries.strings.build();
    }

    /** Roughly the bytes that a request's environment takes: the path stands in seven of its variables. */
    private int size(WagiRequest request) {
        int size = constant.length() + VARIABLES * 20 + request.target().length() * 7;
        for (Headers.Field field : request.headers().fields()) {
            size += field.name().length() + field.value().length() + 7;
        }
        return size;
    }

    private static String fullUrl(CgiRequest cgi, HostPort host, int port, boolean tls) {
        String url = cgi.request().scheme() + "://" + host.host() + (port == (tls ? 443 : 80) ? "" : ":" + port)
                + cgi.request().mountPath() + cgi.path().raw();
        return cgi.request().target().indexOf('?') < 0 ? url : url + "?" + cgi.query();
    }

    private void headers(Headers headers, Entries entries) {
        List<Headers.Field> fields = headers.fields();
        Set<String> hopByHop = hopByHop(fields);
        List<String> names = new ArrayList<>(fields.size());
        for (Headers.Field field : fields) {
            names.add(variableName(field.name(), hopByHop));
        }
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() || names.indexOf(name) < i) {
                continue;
            }
            entries.strings.text(name).text("=").octets(fields.get(i).value());
            String separator = name.equals("HTTP_COOKIE") ? "; " : ", ";
            for (int j = i + 1; j < names.size(); j++) {
                if (names.get(j).equals(name)) {
                    entries.strings.text(separator).octets(fields.get(j).value());
                }
            }
            entries.strings.end();
        }
    }

    /** The names that Connection lists: they are for this hop only. */
    private static Set<String> hopByHop(List<Headers.Field> fields) {
        Set<String> names = Set.of();
        for (Headers.Field field : fields) {
            if (field.name().equalsIgnoreCase("connection")) {
                names = names.isEmpty() ? new HashSet<>() : names;
                for (String name : field.value().split(",")) {
                    names.add(name.strip().toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    /** The variable of a header, empty if it is not passed on. */
    private String variableName(String header, Set<String> hopByHop) {
        String lower = header.toLowerCase(Locale.ROOT);
        // An underscore would shadow the real header of the same variable.
        if (header.indexOf('_') >= 0
                || WITHHELD.contains(lower)
                || hopByHop.contains(lower)
                || lower.equals(AUTHORIZATION) && !passAuthorization) {
            return "";
        }
        String name =
                MetaVariable.HEADER_PREFIX + header.toUpperCase(Locale.ROOT).replace('-', '_');
        return operatorNames.contains(name) ? "" : name;
    }

    /** Appends {@code NAME=value} entries. */
    private static final class Entries {
        private final GuestStrings.Builder strings;

        Entries(int bytes, int count) {
            strings = new GuestStrings.Builder(bytes, count);
        }

        void text(String name, String value) {
            strings.text(name).text("=").text(value).end();
        }

        void octets(String name, String value) {
            strings.text(name).text("=").octets(value).end();
        }
    }
}
