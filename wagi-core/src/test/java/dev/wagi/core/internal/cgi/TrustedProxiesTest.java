// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.route.RoutePattern;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TrustedProxiesTest {

    private static final TrustedProxies TRUSTED = TrustedProxies.parse(List.of("10.0.0.0/8"));

    @ParameterizedTest
    @CsvSource(textBlock = """
                    # trusted,        connection,        X-Forwarded-For,                     client
                    '',               10.0.0.9,          203.0.113.7,                         10.0.0.9
                    10.0.0.9,         10.0.0.9,          203.0.113.7,                         203.0.113.7
                    10.0.0.9,         10.0.0.8,          203.0.113.7,                         10.0.0.8
                    10.0.0.0/8,       10.1.2.3,          203.0.113.7,                         203.0.113.7
                    10.0.0.0/8,       10.0.0.9,          '6.6.6.6, 203.0.113.7, 10.0.0.1',    203.0.113.7
                    10.0.0.0/8,       10.0.0.9,          '10.0.0.1, 10.0.0.2',                10.0.0.1
                    10.0.0.0/8,       10.0.0.9,          ' 203.0.113.7 ',                     203.0.113.7
                    10.0.0.0/8,       10.0.0.9,          '',                                  unknown
                    10.0.0.0/8,       10.0.0.9,          '203.0.113.7, evil',                 unknown
                    10.0.0.0/8,       10.0.0.9,          'localhost',                         unknown
                    10.0.0.0/8,       10.0.0.9,          '203.0.113.7:80',                    203.0.113.7
                    10.0.0.0/8,       10.0.0.9,          ',,,',                               unknown
                    10.0.0.0/8,       10.0.0.9,          '999.1.1.1',                         unknown
                    10.0.0.0/8,       10.0.0.9,          '1.2.3.4.',                          unknown
                    10.0.0.0/8,       10.0.0.9,          '.:1',                               unknown
                    10.0.0.0/8,       10.0.0.9,          'a:b',                               unknown
                    fe80::/10,        fe80::1%eth0,      203.0.113.7,                         203.0.113.7
                    172.16.0.0/12,    172.31.255.255,    203.0.113.7,                         203.0.113.7
                    172.16.0.0/12,    172.32.0.0,        203.0.113.7,                         172.32.0.0
                    0.0.0.0/0,        8.8.8.8,           203.0.113.7,                         203.0.113.7
                    ::1,              ::1,               2001:db8::7,                         2001:db8::7
                    0:0:0:0:0:0:0:1,  ::1,               2001:db8::7,                         2001:db8::7
                    fd00::/8,         fd12::1,           '2001:db8::7, fd00::2',              2001:db8::7
                    fd00::/8,         fe80::1,           2001:db8::7,                         fe80::1
                    10.0.0.9,         ::ffff:10.0.0.9,   203.0.113.7,                         203.0.113.7
                    10.0.0.9,         10.0.0.9,          '[2001:DB8:0:0:0:0:0:7]:4711',       2001:db8::7
                    10.0.0.9,         10.0.0.9,          '[2001:db8::7]',                     2001:db8::7
                    10.0.0.9,         10.0.0.9,          '"203.0.113.7:80"',                  203.0.113.7
                    10.0.0.9,         10.0.0.9,          '"[2001:db8::7]:80"',                2001:db8::7
                    10.0.0.9,         10.0.0.9,          'fe80::7%eth0',                      fe80::7
                    10.0.0.9,         10.0.0.9,          '::ffff:203.0.113.7',                203.0.113.7
                    10.0.0.0/8,       10.0.0.9,          '6.6.6.6, 10.0.0.1:99',              6.6.6.6
                    10.0.0.9,         10.0.0.9,          '203.0.113.7:',                      unknown
                    10.0.0.9,         10.0.0.9,          '203.0.113.7:99999',                 unknown
                    10.0.0.9,         10.0.0.9,          '203.0.113.7:x',                     unknown
                    10.0.0.9,         10.0.0.9,          '[203.0.113.7]:80',                  unknown
                    10.0.0.9,         10.0.0.9,          '[2001:db8::7',                      unknown
                    10.0.0.9,         10.0.0.9,          '[2001:db8::7]x',                    unknown
                    10.0.0.9,         10.0.0.9,          '"203.0.113.7',                      unknown
                    10.0.0.9,         10.0.0.9,          '6.6.6.6,',                          unknown
                    10.0.0.9,         10.0.0.9,          ',6.6.6.6',                          6.6.6.6
                    10.0.0.9,         10.0.0.9,          'unknown',                           unknown
                    10.0.0.9,         10.0.0.9,          '6.6.6.6, unknown',                  unknown
                    10.0.0.9,         10.0.0.9,          '6.6.6.6, _hidden',                  unknown
                    """)
    void client_chain_isReadFromItsEnd(String trusted, String connection, String forwarded, String client) {
        TrustedProxies proxies = TrustedProxies.parse(trusted.isEmpty() ? List.of() : List.of(trusted));
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress(connection)
                .addHeader("X-Forwarded-For", forwarded)
                .build();

        assertThat(proxies.original(request).request().remoteAddress()).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # Forwarded                                                    | client
                    for=203.0.113.7                                                | 203.0.113.7
                    For="203.0.113.7:80"                                           | 203.0.113.7
                    for="[2001:db8::7]:80";proto=https                             | 2001:db8::7
                    for=[2001:db8::7]                                              | 2001:db8::7
                    proto=http; for=203.0.113.7 ;by=203.0.113.43                   | 203.0.113.7
                    for=6.6.6.6, for=203.0.113.7, for=10.0.0.1                     | 203.0.113.7
                    for=6.6.6.6, for="10.0.0.1, for=1.2.3.4"                       | unknown
                    for=6.6.6.6, for="10.0.0.1                                     | unknown
                    for=6.6.6.6;for=203.0.113.7                                    | unknown
                    for=6.6.6.6, proto=https                                       | unknown
                    for=6.6.6.6,                                                   | unknown
                    for=6.6.6.6, for=unknown                                       | unknown
                    for=6.6.6.6, for=_hidden                                       | unknown
                    for=6.6.6.6, for                                               | unknown
                    for=6.6.6.6, for==                                             | unknown
                    for=6.6.6.6, =1                                                | unknown
                    for=6.6.6.6, for="203.0.113.7"x                                | unknown
                    for=6.6.6.6, for="203.0.\\113.7"                               | 203.0.113.7
                    """)
    void client_forwarded_isReadFromItsEnd(String forwarded, String client) {
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress("10.0.0.9")
                .addHeader("Forwarded", forwarded)
                .build();

        assertThat(TRUSTED.original(request).request().remoteAddress()).isEqualTo(client);
    }

    @Test
    void client_chainWithoutEnd_isUnknown() {
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress("10.0.0.9")
                .addHeader("X-Forwarded-For", "6.6.6.6" + ",10.0.0.1".repeat(2000))
                .build();

        assertThat(TRUSTED.original(request).request().remoteAddress()).isEqualTo("unknown");
    }

    @ParameterizedTest
    @CsvSource({"203.0.113.7:4711, 4711", "203.0.113.7, -1", "evil, -1", "'[2001:db8::7]:4711', 4711"})
    void port_ofTheClient_isTheOneThatIsTold(String forwarded, int port) {
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress("10.0.0.9")
                .remotePort(1234)
                .addHeader("X-Forwarded-For", forwarded)
                .build();

        assertThat(TRUSTED.original(request).request().remotePort()).isEqualTo(port);
    }

    /**
     * What a request's variables say of the server.
     *
     * @param fields name and value of each, in front of Host
     * @param url X_FULL_URL; null if the request is malformed
     */
    record Case(String name, List<String> fields, @Nullable String url) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> servers() {
        return Stream.of(
                new Case("nothing", List.of(), "http://inner:8080/a"),
                new Case("scheme", List.of("X-Forwarded-Proto", "https"), "https://inner:8080/a"),
                new Case("scheme in capitals", List.of("X-Forwarded-Proto", "HTTPS"), "https://inner:8080/a"),
                new Case("scheme of a web socket", List.of("X-Forwarded-Proto", "wss"), "https://inner:8080/a"),
                new Case("no scheme", List.of("X-Forwarded-Proto", "evil"), "http://inner:8080/a"),
                new Case("empty scheme", List.of("X-Forwarded-Proto", ""), "http://inner:8080/a"),
                new Case("host", List.of("X-Forwarded-Host", "Shop.example"), "http://shop.example/a"),
                new Case("host and port", List.of("X-Forwarded-Host", "shop.example:81"), "http://shop.example:81/a"),
                new Case("malformed host", List.of("X-Forwarded-Host", "a b"), null),
                new Case("host that is a URL", List.of("X-Forwarded-Host", "http://evil/"), null),
                new Case(
                        "scheme and host",
                        List.of("X-Forwarded-Proto", "https", "X-Forwarded-Host", "shop.example"),
                        "https://shop.example/a"),
                new Case(
                        "scheme, host and port",
                        List.of(
                                "X-Forwarded-Proto", "https",
                                "X-Forwarded-Host", "shop.example",
                                "X-Forwarded-Port", "8443"),
                        "https://shop.example:8443/a"),
                new Case("port alone", List.of("X-Forwarded-Port", "8443"), "http://inner:8443/a"),
                new Case("no port", List.of("X-Forwarded-Port", "0"), "http://inner:8080/a"),
                new Case("port of six digits", List.of("X-Forwarded-Port", "080808"), "http://inner:8080/a"),
                new Case("prefix", List.of("X-Forwarded-Prefix", "/shop/"), "http://inner:8080/shop/a"),
                new Case("prefix of two segments", List.of("X-Forwarded-Prefix", "/x/y"), "http://inner:8080/x/y/a"),
                new Case("prefix that climbs", List.of("X-Forwarded-Prefix", "/x/.."), "http://inner:8080/a"),
                new Case("prefix that is a host", List.of("X-Forwarded-Prefix", "//evil"), "http://inner:8080/a"),
                new Case("prefix with a query", List.of("X-Forwarded-Prefix", "/x?y"), "http://inner:8080/a"),
                new Case("prefix that is encoded", List.of("X-Forwarded-Prefix", "/%2e%2e"), "http://inner:8080/a"),
                new Case("prefix that is no path", List.of("X-Forwarded-Prefix", "x"), "http://inner:8080/a"),
                new Case(
                        "what the client wrote stands in front",
                        List.of(
                                "X-Forwarded-For", "6.6.6.6, 203.0.113.7",
                                "X-Forwarded-Proto", "https, http",
                                "X-Forwarded-Host", "evil, shop.example"),
                        "http://shop.example/a"),
                new Case(
                        "the outermost trusted proxy counts",
                        List.of(
                                "X-Forwarded-For", "203.0.113.7, 10.0.0.1",
                                "X-Forwarded-Proto", "https, http",
                                "X-Forwarded-Host", "shop.example, inner"),
                        "https://shop.example/a"),
                new Case(
                        "one that does not append",
                        List.of("X-Forwarded-For", "203.0.113.7, 10.0.0.1", "X-Forwarded-Proto", "https"),
                        "https://inner:8080/a"),
                new Case(
                        "Forwarded",
                        List.of("Forwarded", "for=203.0.113.7;proto=https;host=\"shop.example:8443\""),
                        "https://shop.example:8443/a"),
                new Case(
                        "Forwarded of two proxies",
                        List.of(
                                "Forwarded",
                                "host=evil;for=6.6.6.6, for=203.0.113.7;proto=https, for=10.0.0.1;host=shop.example"),
                        "https://shop.example/a"),
                new Case(
                        "malformed Forwarded",
                        List.of("Forwarded", "for=203.0.113.7;proto=https;host=\"evil"),
                        "http://inner:8080/a"),
                new Case(
                        "Forwarded that a proxy with other fields passes on",
                        List.of("X-Forwarded-For", "203.0.113.7", "Forwarded", "for=6.6.6.6;proto=https;host=evil"),
                        "http://inner:8080/a"));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void server_fields_sayWhatTheClientAskedFor(Case row) {
        Headers headers = Headers.of(row.fields().toArray(String[]::new));
        CgiEnvironment environment =
                new CgiEnvironment(RoutePattern.parse("/..."), Map.of(), false, new HostPort("default", 3000));
        WagiRequest request = WagiRequest.builder("GET", "/a")
                .remoteAddress("10.0.0.9")
                .addHeaders(headers)
                .addHeader("Host", "inner:8080")
                .build();

        assertThat(CgiRequest.parse(request, "id", TRUSTED).map(cgi -> url(environment, cgi)))
                .isEqualTo(Optional.ofNullable(row.url()));
        assertThat(CgiRequest.parse(request, "id", TrustedProxies.none()).map(cgi -> url(environment, cgi)))
                .as("nobody is trusted")
                .hasValue("http://inner:8080/a");
    }

    @Test
    void prefix_isWhereTheRoutesBegin() {
        WagiRequest request = WagiRequest.builder("GET", "/app/a?b")
                .remoteAddress("10.0.0.9")
                .mountPath("/app")
                .addHeader("X-Forwarded-Prefix", "/shop")
                .build();

        CgiRequest cgi = CgiRequest.parse(request, "id", TRUSTED).orElseThrow();

        assertThat(cgi.request().mountPath()).isEqualTo("/shop/app");
        assertThat(cgi.request().target()).isEqualTo("/shop/app/a?b");
        assertThat(cgi.path().raw()).isEqualTo("/a");
    }

    private static String url(CgiEnvironment environment, CgiRequest cgi) {
        return CgiArgumentsTest.strings(environment.encode(cgi)).stream()
                .filter(entry -> entry.startsWith("X_FULL_URL="))
                .map(entry -> entry.substring("X_FULL_URL=".length()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void client_severalFields_areOneChain() {
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress("10.0.0.9")
                .addHeader("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
                .addHeader("x-forwarded-for", "10.0.0.1")
                .build();

        assertThat(TRUSTED.original(request).request().remoteAddress()).isEqualTo("203.0.113.7");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    example.org   | "example.org" is not an IP address or network
                    ''            | "" is not an IP address or network
                    999.1.1.1     | "999.1.1.1" is not an IP address or network
                    10.0.0        | "10.0.0" is not an IP address or network
                    10.0.0.0/     | "10.0.0.0/" is not an IP address or network
                    10.0.0.0/x    | "10.0.0.0/x" is not an IP address or network
                    10.0.0.0/33   | "10.0.0.0/33" has more than the 32 bits of its address
                    ::1/129       | "::1/129" has more than the 128 bits of its address
                    """)
    void parse_notAnAddress_isRefused(String text, String message) {
        assertThatThrownBy(() -> TrustedProxies.parse(List.of(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
