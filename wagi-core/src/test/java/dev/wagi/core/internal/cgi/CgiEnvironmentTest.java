// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.GuestStrings;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgiEnvironmentTest {

    private static final HostPort DEFAULT = new HostPort("localhost", 3000);

    @Test
    void encode_plainRequest_setsExactlyTheseVariables() {
        Map<String, String> variables = variables("/hello/...", "/hello/a%20b?x=1&y", request -> request);

        assertThat(String.join(
                        "\n",
                        variables.entrySet().stream().map(Object::toString).toList()))
                .isEqualTo("""
                        AUTH_TYPE=
                        CONTENT_LENGTH=0
                        CONTENT_TYPE=
                        GATEWAY_INTERFACE=CGI/1.1
                        PATH_INFO=/a b
                        PATH_TRANSLATED=/a b
                        QUERY_STRING=x=1&y
                        REMOTE_ADDR=127.0.0.1
                        REMOTE_HOST=127.0.0.1
                        REMOTE_USER=
                        REQUEST_METHOD=GET
                        REQUEST_SCHEME=http
                        REQUEST_URI=/hello/a%20b?x=1&y
                        SCRIPT_NAME=/hello
                        SERVER_NAME=localhost
                        SERVER_PORT=3000
                        SERVER_PROTOCOL=HTTP/1.1
                        SERVER_SOFTWARE=WAGI/1
                        X_FULL_URL=http://localhost:3000/hello/a%20b?x=1&y
                        X_MATCHED_ROUTE=/hello/...
                        X_RAW_PATH_INFO=/a%20b
                        X_REQUEST_ID=the-id""");
    }

    record Case(String what, String variable, String expected, UnaryOperator<WagiRequest.Builder> change) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static final String ABSENT = "absent";

    static Stream<Case> requests() {
        return Stream.of(
                new Case("body", "CONTENT_LENGTH", "3", r -> r.body(new byte[3])),
                new Case(
                        "body of unknown length",
                        "CONTENT_LENGTH",
                        ABSENT,
                        r -> r.body(InputStream.nullInputStream(), -1)),
                new Case("type", "CONTENT_TYPE", "text/x", r -> r.addHeader("content-type", "text/x")),
                new Case("type is not repeated", "HTTP_CONTENT_TYPE", ABSENT, r -> r.addHeader("Content-Type", "x/y")),
                new Case("type with underscore", "CONTENT_TYPE", "", r -> r.addHeader("Content_Type", "x/y")),
                new Case(
                        "length is not repeated",
                        "HTTP_CONTENT_LENGTH",
                        ABSENT,
                        r -> r.addHeader("Content-Length", "3")),
                new Case("a header", "HTTP_X_FOO_BAR", "v w", r -> r.addHeader("x-Foo-bar", "v w")),
                new Case(
                        "repeated header",
                        "HTTP_ACCEPT",
                        "a, b, c",
                        r -> r.addHeader("Accept", "a")
                                .addHeader("X", "1")
                                .addHeader("accept", "b")
                                .addHeader("ACCEPT", "c")),
                new Case(
                        "cookies",
                        "HTTP_COOKIE",
                        "a=1; b=2",
                        r -> r.addHeader("Cookie", "a=1").addHeader("Cookie", "b=2")),
                new Case("octets of a header", "HTTP_X", "é", r -> r.addHeader("X", "\u00c3\u00a9")),
                new Case("text in a header", "HTTP_X", "€", r -> r.addHeader("X", "€")),
                new Case("httpoxy", "HTTP_PROXY", ABSENT, r -> r.addHeader("Proxy", "http://evil")),
                new Case("underscore", "HTTP_X_A", ABSENT, r -> r.addHeader("X_A", "evil")),
                new Case(
                        "underscore beside the real one",
                        "HTTP_X_A",
                        "good",
                        r -> r.addHeader("X_A", "evil").addHeader("X-A", "good")),
                new Case("credentials", "HTTP_AUTHORIZATION", ABSENT, r -> r.addHeader("Authorization", "Basic x")),
                new Case(
                        "proxy credentials",
                        "HTTP_PROXY_AUTHORIZATION",
                        ABSENT,
                        r -> r.addHeader("Proxy-Authorization", "Basic x")),
                new Case("connection", "HTTP_CONNECTION", ABSENT, r -> r.addHeader("Connection", "close")),
                new Case(
                        "named by connection",
                        "HTTP_X_HOP",
                        ABSENT,
                        r -> r.addHeader("Connection", "close, X-Hop").addHeader("x-hop", "1")),
                new Case(
                        "transfer-encoding",
                        "HTTP_TRANSFER_ENCODING",
                        ABSENT,
                        r -> r.addHeader("Transfer-Encoding", "chunked")),
                new Case("keep-alive", "HTTP_KEEP_ALIVE", ABSENT, r -> r.addHeader("Keep-Alive", "1")),
                new Case("upgrade", "HTTP_UPGRADE", ABSENT, r -> r.addHeader("Upgrade", "h2c")),
                new Case("te", "HTTP_TE", ABSENT, r -> r.addHeader("TE", "trailers")),
                new Case("trailer", "HTTP_TRAILER", ABSENT, r -> r.addHeader("Trailer", "X")),
                new Case("host stays a header", "HTTP_HOST", "h:81", r -> r.addHeader("Host", "h:81")),
                new Case("server name", "SERVER_NAME", "example.org", r -> r.addHeader("Host", "example.org:8080")),
                new Case("server port", "SERVER_PORT", "8080", r -> r.addHeader("Host", "example.org:8080")),
                new Case("IPv6 name", "SERVER_NAME", "[::1]", r -> r.addHeader("Host", "[::1]:8080")),
                new Case("IPv6 port", "SERVER_PORT", "8080", r -> r.addHeader("Host", "[::1]:8080")),
                new Case(
                        "full URL with IPv6",
                        "X_FULL_URL",
                        "http://[::1]:8080/hello/x",
                        r -> r.addHeader("Host", "[::1]:8080")),
                new Case(
                        "full URL with the scheme's port",
                        "X_FULL_URL",
                        "https://h/hello/x",
                        r -> r.scheme("https").addHeader("Host", "h:443")),
                new Case("port of the default host", "SERVER_PORT", "3000", r -> r.addHeader("Host", "example.org")),
                new Case(
                        "name in lower case", "SERVER_NAME", "example.org", r -> r.addHeader("Host", "Example.ORG:80")),
                new Case(
                        "its header as sent",
                        "HTTP_HOST",
                        "Example.ORG:80",
                        r -> r.addHeader("Host", "Example.ORG:80")),
                new Case("the scheme's port, sent", "SERVER_PORT", "80", r -> r.addHeader("Host", "example.org:80")),
                new Case("dot of the root", "SERVER_NAME", "example.org", r -> r.addHeader("Host", "example.org.:81")),
                new Case("nothing but that dot", "SERVER_NAME", ".", r -> r.addHeader("Host", ".")),
                new Case("IPv6 name in lower case", "SERVER_NAME", "[fe80::a]", r -> r.addHeader("Host", "[FE80::A]")),
                new Case(
                        "server's name",
                        "SERVER_NAME",
                        "shop.example",
                        r -> r.addHeader("Host", "inner:8080").server("Shop.example", 8443)),
                new Case(
                        "server's port",
                        "SERVER_PORT",
                        "8443",
                        r -> r.addHeader("Host", "inner:8080").server("shop.example", 8443)),
                new Case(
                        "server's port of the scheme",
                        "SERVER_PORT",
                        "443",
                        r -> r.scheme("https").server("shop.example", -1)),
                new Case(
                        "server's full URL",
                        "X_FULL_URL",
                        "https://shop.example/hello/x",
                        r -> r.scheme("https").addHeader("Host", "inner:8080").server("shop.example", -1)),
                new Case(
                        "server's name as in the Host field, its port is not the server's",
                        "SERVER_PORT",
                        "443",
                        r -> r.scheme("https").addHeader("Host", "inner:8080").server("inner", -1)),
                new Case(
                        "server's name as in the Host field, with the server's port",
                        "X_FULL_URL",
                        "http://inner:81/hello/x",
                        r -> r.addHeader("Host", "inner:8080").server("inner", 81)),
                new Case("TLS", "HTTPS", "on", r -> r.scheme("https")),
                new Case("no TLS", "HTTPS", ABSENT, r -> r),
                new Case("scheme", "REQUEST_SCHEME", "https", r -> r.scheme("https")),
                new Case("protocol", "SERVER_PROTOCOL", "HTTP/2.0", r -> r.protocol("HTTP/2.0")),
                new Case("client", "REMOTE_ADDR", "::1", r -> r.remoteAddress("::1")),
                new Case("client's host", "REMOTE_HOST", "::1", r -> r.remoteAddress("::1")),
                new Case("client, long", "REMOTE_ADDR", "::1", r -> r.remoteAddress("0:0:0:0:0:0:0:1")),
                new Case("client with zone", "REMOTE_ADDR", "fe80::1", r -> r.remoteAddress("fe80:0:0:0:0:0:0:1%eth0")),
                new Case("client, IPv4 in IPv6", "REMOTE_ADDR", "10.0.0.9", r -> r.remoteAddress("::ffff:10.0.0.9")),
                new Case("client without address", "REMOTE_ADDR", "a:b", r -> r.remoteAddress("a:b")),
                new Case("client's port", "REMOTE_PORT", "50123", r -> r.remotePort(50123)),
                new Case("no port", "REMOTE_PORT", ABSENT, r -> r),
                new Case("own address", "SERVER_ADDR", "2001:db8::1", r -> r.serverAddress("2001:DB8:0:0:0:0:0:1")),
                new Case("no own address", "SERVER_ADDR", ABSENT, r -> r),
                new Case("user", "REMOTE_USER", "ann", r -> r.authType("Basic").remoteUser("ann")),
                new Case(
                        "auth type",
                        "AUTH_TYPE",
                        "Basic",
                        r -> r.authType("Basic").remoteUser("ann")));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void encode_request_setsVariable(Case row) {
        Map<String, String> variables = variables("/hello/...", "/hello/x", row.change);

        assertThat(variables.getOrDefault(row.variable, ABSENT)).isEqualTo(row.expected);
    }

    @Test
    void encode_noPortAnywhere_isTheSchemes() {
        CgiEnvironment environment =
                new CgiEnvironment(RoutePattern.parse("/a"), Map.of(), false, new HostPort("h", -1));

        assertThat(encode(environment, WagiRequest.get("/a"))).containsEntry("SERVER_PORT", "80");
        assertThat(encode(
                        environment,
                        WagiRequest.builder("GET", "/a").scheme("https").build()))
                .containsEntry("SERVER_PORT", "443");
    }

    @Test
    void encode_authorizationGranted_isPassed() {
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse("/a"), Map.of(), true, DEFAULT);
        WagiRequest request = WagiRequest.builder("GET", "/a")
                .addHeader("Authorization", "Basic x")
                .build();

        assertThat(encode(environment, request)).containsEntry("HTTP_AUTHORIZATION", "Basic x");
    }

    @Test
    void encode_operatorsVariable_isNeverReplacedByTheClient() {
        CgiEnvironment environment =
                new CgiEnvironment(RoutePattern.parse("/a"), Map.of("HTTP_X", "operator"), false, DEFAULT);
        WagiRequest request =
                WagiRequest.builder("GET", "/a").addHeader("X", "client").build();

        assertThat(encode(environment, request)).containsEntry("HTTP_X", "operator");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /...,     '',    /,          '',       /,       /
                    /...,     '',    /x,         '',       /x,      /x
                    /x,       /app,  /app/x,     /app/x,   '',      /app/x
                    /x/...,   /app,  /app/x/y,   /app/x,   /y,      /app/x/y
                    /...,     /app,  /app,       /app,     /,       /app
                    """)
    void encode_mountPath_beginsScriptName(
            String pattern, String mountPath, String target, String scriptName, String pathInfo, String argument) {
        WagiRequest request =
                WagiRequest.builder("GET", target).mountPath(mountPath).build();
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse(pattern), Map.of(), false, DEFAULT);

        assertThat(encode(environment, request))
                .containsEntry("SCRIPT_NAME", scriptName)
                .containsEntry("PATH_INFO", pathInfo)
                .containsEntry("REQUEST_URI", argument);
    }

    /** A client decides how many fields there are; if they were compared with each other, this would take an hour. */
    @ParameterizedTest
    @ValueSource(strings = {"x-%d", "Cookie"})
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void encode_manyFields_takesTimeInProportion(String name) {
        int count = 400_000;
        WagiRequest.Builder request = WagiRequest.builder("GET", "/a");
        for (int i = 0; i < count; i++) {
            request.addHeader(name.contains("%") ? String.format(name, i) : name, "v");
        }
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse("/a"), Map.of(), false, DEFAULT);

        GuestStrings entries =
                environment.encode(CgiRequest.parse(request.build(), "id").orElseThrow());

        assertThat(entries.count()).isBetween(20, 30 + count);
        assertThat(entries.length()).isGreaterThan(count * 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 100})
    void encode_repeatedFieldsAmongOthers_areJoinedInTheirOrder(int others) {
        WagiRequest.Builder request = WagiRequest.builder("GET", "/a").addHeader("Accept", "1");
        for (int i = 0; i < others; i++) {
            request.addHeader("X-" + i, "v").addHeader("accept", "a" + i);
        }
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse("/a"), Map.of(), false, DEFAULT);

        Map<String, String> variables = encode(environment, request.build());

        assertThat(variables.get("HTTP_ACCEPT"))
                .isEqualTo("1"
                        + IntStream.range(0, others).mapToObj(i -> ", a" + i).collect(Collectors.joining()));
        assertThat(variables).containsEntry("HTTP_X_0", "v").containsEntry("HTTP_X_" + (others - 1), "v");
    }

    /** A proxy that passes on what a client wrote must not lose the guest what it has added. */
    @ParameterizedTest
    @CsvSource({"10.0.0.9, 203.0.113.7, 1", "10.0.0.8, absent, absent"})
    void encode_fieldsNamedInConnection_stayIfATrustedProxySentThem(String peer, String forwarded, String user) {
        WagiRequest request = WagiRequest.builder("GET", "/a")
                .remoteAddress(peer)
                .addHeader("Connection", "close, X-Forwarded-For, X-User")
                .addHeader("X-Forwarded-For", "203.0.113.7")
                .addHeader("X-User", "1")
                .build();
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse("/a"), Map.of(), false, DEFAULT);

        Map<String, String> variables = encode(environment, request, TrustedProxies.parse(List.of("10.0.0.9")));

        assertThat(variables.getOrDefault("HTTP_X_FORWARDED_FOR", ABSENT)).isEqualTo(forwarded);
        assertThat(variables.getOrDefault("HTTP_X_USER", ABSENT)).isEqualTo(user);
        assertThat(variables).doesNotContainKey("HTTP_CONNECTION");
    }

    @Nested
    class Requests {
        @Test
        void parse_malformedServerName_isRefused() {
            assertThat(CgiRequest.parse(
                            WagiRequest.builder("GET", "/")
                                    .addHeader("Host", "h")
                                    .server("a b", 80)
                                    .build(),
                            "id"))
                    .isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"a:b:c", "a b", "::1", "[::1", "[x]", "h:70000", "h:-1", "h/", "u@h", "h\u00e9"})
        void parse_malformedHost_isRefused(String host) {
            assertThat(CgiRequest.parse(
                            WagiRequest.builder("GET", "/")
                                    .addHeader("Host", host)
                                    .build(),
                            "id"))
                    .isEmpty();
        }

        @Test
        void parse_twoHosts_isRefused() {
            WagiRequest request = WagiRequest.builder("GET", "/")
                    .addHeaders(Headers.of("Host", "a", "Host", "a"))
                    .build();

            assertThat(CgiRequest.parse(request, "id")).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "*", "a", "/a b", "/a?b c", "/a?\u0000", "/a?b\nc", "/%zz", "/a?\u20ac"})
        void parse_malformedTarget_isRefused(String target) {
            assertThat(CgiRequest.parse(WagiRequest.get(target), "id")).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "G T", "GET\n", "GÉT"})
        void parse_malformedMethod_isRefused(String method) {
            assertThat(CgiRequest.parse(WagiRequest.builder(method, "/").build(), "id"))
                    .isEmpty();
        }

        @Test
        void parse_targetOutsideTheMountPath_isRefused() {
            assertThat(CgiRequest.parse(
                            WagiRequest.builder("GET", "/b").mountPath("/app").build(), "id"))
                    .isEmpty();
        }
    }

    private static Map<String, String> variables(
            String pattern, String target, UnaryOperator<WagiRequest.Builder> change) {
        CgiEnvironment environment = new CgiEnvironment(RoutePattern.parse(pattern), Map.of(), false, DEFAULT);
        return encode(
                environment, change.apply(WagiRequest.builder("GET", target)).build());
    }

    private static Map<String, String> encode(CgiEnvironment environment, WagiRequest request) {
        return encode(environment, request, TrustedProxies.none());
    }

    private static Map<String, String> encode(CgiEnvironment environment, WagiRequest request, TrustedProxies proxies) {
        Map<String, String> variables = new TreeMap<>();
        List<String> entries = CgiArgumentsTest.strings(
                environment.encode(CgiRequest.parse(request, "the-id", proxies).orElseThrow()));
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            assertThat(variables.put(entry.substring(0, equals), entry.substring(equals + 1)))
                    .as("set once: %s", entry)
                    .isNull();
        }
        return variables;
    }
}
