// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.GuestStrings;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a guest: the module's own variables, the meta-variables of CGI/1.1 and WAGI, and {@code HTTP_*}
 * for the request's headers.
 *
 * <p>There is one instance per route; variables that do not change between requests are encoded once. Immutable and
 * thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-4.1">RFC 3875, section 4.1</a>
 */
public final class CgiEnvironment {

    /** The number of variables that come from the request itself. */
    private static final int VARIABLES = 23;

    /** Up to this many fields are compared with each other, which is faster than a map. */
    private static final int FEW_FIELDS = 16;

    private static final String AUTHORIZATION = "authorization";

    private final RoutePattern pattern;
    private final HostPort defaultHost;
    private final boolean passAuthorization;
    private final Set<String> operatorNames;
    private final GuestStrings constant;

    /**
     * Prepares a route's environment.
     *
     * @param variables the module's own variables; none may be {@linkplain MetaVariable#isReserved reserved}
     * @param passAuthorization whether the guest may see the Authorization header
     * @param defaultHost the source of SERVER_NAME and SERVER_PORT for requests without a Host header
     */
    public CgiEnvironment(
            RoutePattern pattern, Map<String, String> variables, boolean passAuthorization, HostPort defaultHost) {
        this.pattern = pattern;
        this.defaultHost = defaultHost;
        this.passAuthorization = passAuthorization;
        this.operatorNames = Set.copyOf(variables.keySet());
        Entries entries = new Entries(256, 8);
        variables.forEach((name, value) -> entries.text(key(name), value));
        entries.text(Keys.GATEWAY_INTERFACE, "CGI/1.1");
        entries.text(Keys.SERVER_SOFTWARE, "WAGI/1");
        entries.text(Keys.X_MATCHED_ROUTE, pattern.toString());
        this.constant = entries.strings.build();
    }

    /** Returns SCRIPT_NAME of a request: the mount path and the route without its wildcard, decoded. */
    public String scriptName(CgiRequest request) {
        String mountPath = request.request().mountPath();
        return mountPath.isEmpty() ? pattern.scriptName() : mountPath + pattern.scriptName();
    }

    /** Encodes the environment of a request. */
    public GuestStrings encode(CgiRequest cgi) {
        WagiRequest request = cgi.request();
        boolean tls = request.scheme().equals("https");
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
        entries.octets(Keys.AUTH_TYPE, request.authType().orElse(""));
        if (request.contentLength() >= 0) {
            entries.text(Keys.CONTENT_LENGTH, Long.toString(request.contentLength()));
        }
        entries.octets(
                Keys.CONTENT_TYPE, request.headers().first("Content-Type").orElse(""));
        if (tls) {
            entries.text(Keys.HTTPS, "on");
        }
        entries.text(Keys.PATH_INFO, pathInfo);
        entries.text(Keys.PATH_TRANSLATED, pathInfo);
        entries.octets(Keys.QUERY_STRING, cgi.query());
        String client = IpAddress.canonical(request.remoteAddress());
        entries.text(Keys.REMOTE_ADDR, client);
        entries.text(Keys.REMOTE_HOST, client);
        if (request.remotePort() >= 0) {
            entries.text(Keys.REMOTE_PORT, Integer.toString(request.remotePort()));
        }
        entries.text(Keys.REMOTE_USER, request.remoteUser().orElse(""));
        entries.text(Keys.REQUEST_METHOD, request.method());
        entries.text(Keys.REQUEST_SCHEME, request.scheme());
        entries.octets(Keys.REQUEST_URI, request.target());
        entries.text(Keys.SCRIPT_NAME, scriptName(cgi));
        String address = request.serverAddress().orElse(null);
        if (address != null) {
            entries.text(Keys.SERVER_ADDR, IpAddress.canonical(address));
        }
        entries.text(Keys.SERVER_NAME, host.host());
        entries.text(Keys.SERVER_PORT, Integer.toString(port));
        entries.text(Keys.SERVER_PROTOCOL, request.protocol());
        entries.octets(Keys.X_FULL_URL, fullUrl(cgi, host, port, tls));
        entries.octets(Keys.X_RAW_PATH_INFO, pattern.rawPathInfo(cgi.path()));
        entries.text(Keys.X_REQUEST_ID, cgi.id());
        headers(request.headers().fields(), cgi.viaProxy(), entries);
        return entries.strings.build();
    }

    /** Estimates the size of a request's environment in bytes; the path occurs in seven of its variables. */
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

    private void headers(List<Headers.Field> fields, boolean viaProxy, Entries entries) {
        // A proxy may pass on the client's Connection field, which must not remove fields that the proxy added
        // itself.
        Set<String> hopByHop = viaProxy ? Set.of() : hopByHop(fields);
        HeaderVariable[] variables = new HeaderVariable[fields.size()];
        for (int i = 0; i < variables.length; i++) {
            variables[i] = variable(fields.get(i).name(), hopByHop);
        }
        int[] next = chains(variables);
        for (int i = 0; i < variables.length; i++) {
            HeaderVariable variable = variables[i];
            if (variable == null) {
                continue;
            }
            entries.strings.encoded(variable.key()).octets(fields.get(i).value());
            for (int j = next[i]; j > 0; j = next[j]) {
                entries.strings.text(variable.separator()).octets(fields.get(j).value());
                variables[j] = null;
            }
            entries.strings.end();
        }
    }

    /**
     * Links the fields that map to the same variable: for each field the index of the next one, or 0. A client decides
     * how many fields there are, so pairwise comparison is limited to a few.
     */
    private static int[] chains(@Nullable HeaderVariable[] variables) {
        int[] next = new int[variables.length];
        Map<String, Integer> last = variables.length > FEW_FIELDS ? new HashMap<>(variables.length * 2) : Map.of();
        for (int i = 0; i < variables.length; i++) {
            HeaderVariable variable = variables[i];
            if (variable == null) {
                continue;
            }
            if (variables.length > FEW_FIELDS) {
                Integer before = last.put(variable.name(), i);
                if (before != null) {
                    next[before] = i;
                }
                continue;
            }
            for (int before = i - 1; before >= 0; before--) {
                HeaderVariable other = variables[before];
                if (other != null && other.name().equals(variable.name())) {
                    next[before] = i;
                    break;
                }
            }
        }
        return next;
    }

    /** Returns the names listed in Connection, which apply to this hop only. */
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

    /** Returns the variable of a header, or null if it is not passed on. */
    private @Nullable HeaderVariable variable(String header, Set<String> hopByHop) {
        HeaderVariable variable = HeaderVariable.of(header);
        return variable == null
                        || hopByHop.contains(variable.header())
                        || variable.header().equals(AUTHORIZATION) && !passAuthorization
                        || operatorNames.contains(variable.name())
                ? null
                : variable;
    }

    private static byte[] key(String name) {
        return (name + "=").getBytes(StandardCharsets.UTF_8);
    }

    /** {@code NAME=} of each meta-variable, encoded once. */
    private static final class Keys {
        static final byte[] AUTH_TYPE = key(MetaVariable.AUTH_TYPE);
        static final byte[] CONTENT_LENGTH = key(MetaVariable.CONTENT_LENGTH);
        static final byte[] CONTENT_TYPE = key(MetaVariable.CONTENT_TYPE);
        static final byte[] GATEWAY_INTERFACE = key(MetaVariable.GATEWAY_INTERFACE);
        static final byte[] HTTPS = key(MetaVariable.HTTPS);
        static final byte[] PATH_INFO = key(MetaVariable.PATH_INFO);
        static final byte[] PATH_TRANSLATED = key(MetaVariable.PATH_TRANSLATED);
        static final byte[] QUERY_STRING = key(MetaVariable.QUERY_STRING);
        static final byte[] REMOTE_ADDR = key(MetaVariable.REMOTE_ADDR);
        static final byte[] REMOTE_HOST = key(MetaVariable.REMOTE_HOST);
        static final byte[] REMOTE_PORT = key(MetaVariable.REMOTE_PORT);
        static final byte[] REMOTE_USER = key(MetaVariable.REMOTE_USER);
        static final byte[] REQUEST_METHOD = key(MetaVariable.REQUEST_METHOD);
        static final byte[] REQUEST_SCHEME = key(MetaVariable.REQUEST_SCHEME);
        static final byte[] REQUEST_URI = key(MetaVariable.REQUEST_URI);
        static final byte[] SCRIPT_NAME = key(MetaVariable.SCRIPT_NAME);
        static final byte[] SERVER_ADDR = key(MetaVariable.SERVER_ADDR);
        static final byte[] SERVER_NAME = key(MetaVariable.SERVER_NAME);
        static final byte[] SERVER_PORT = key(MetaVariable.SERVER_PORT);
        static final byte[] SERVER_PROTOCOL = key(MetaVariable.SERVER_PROTOCOL);
        static final byte[] SERVER_SOFTWARE = key(MetaVariable.SERVER_SOFTWARE);
        static final byte[] X_FULL_URL = key(MetaVariable.X_FULL_URL);
        static final byte[] X_MATCHED_ROUTE = key(MetaVariable.X_MATCHED_ROUTE);
        static final byte[] X_RAW_PATH_INFO = key(MetaVariable.X_RAW_PATH_INFO);
        static final byte[] X_REQUEST_ID = key(MetaVariable.X_REQUEST_ID);
    }

    /** Appends {@code NAME=value} entries. */
    private static final class Entries {
        private final GuestStrings.Builder strings;

        Entries(int bytes, int count) {
            strings = new GuestStrings.Builder(bytes, count);
        }

        void text(byte[] key, String value) {
            strings.encoded(key).text(value).end();
        }

        void octets(byte[] key, String value) {
            strings.encoded(key).octets(value).end();
        }
    }
}
