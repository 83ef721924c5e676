// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProxiesTest {

    private static String proxy(Map<String, String> environment, String url) {
        return Proxies.of(environment)
                .of(Origin.of(URI.create(url)))
                .map(found -> found.variable() + " " + found.host() + ":" + found.port())
                .orElse("none");
    }

    /** A row: variables, a URL, and the proxy for it. */
    record Choice(Map<String, String> environment, String url, String proxy) {}

    static List<Choice> choices() {
        return List.of(
                new Choice(Map.of(), "https://r.example/", "none"),
                new Choice(Map.of("HTTPS_PROXY", "http://p:3128"), "https://r.example/", "HTTPS_PROXY p:3128"),
                new Choice(Map.of("HTTPS_PROXY", "http://p:3128"), "http://r.example/", "none"),
                new Choice(Map.of("HTTP_PROXY", "http://p:3128"), "https://r.example/", "none"),
                new Choice(Map.of("HTTP_PROXY", "http://p:3128"), "http://r.example/", "HTTP_PROXY p:3128"),
                new Choice(Map.of("https_proxy", "a", "HTTPS_PROXY", "b"), "https://r.example/", "https_proxy a:80"),
                new Choice(Map.of("https_proxy", "", "HTTPS_PROXY", "b"), "https://r.example/", "HTTPS_PROXY b:80"),
                new Choice(Map.of("HTTPS_PROXY", " "), "https://r.example/", "none"),
                new Choice(
                        Map.of("HTTPS_PROXY", "HTTP://P.Example/"), "https://r.example/", "HTTPS_PROXY P.Example:80"),
                new Choice(Map.of("HTTPS_PROXY", "[::1]:3128"), "https://r.example/", "HTTPS_PROXY ::1:3128"),
                new Choice(Map.of("HTTPS_PROXY", "a:b@p:1"), "https://r.example/", "HTTPS_PROXY p:1"),
                // httpoxy: a client of a CGI server can set this variable.
                new Choice(Map.of("HTTP_PROXY", "p", "REQUEST_METHOD", "GET"), "http://r.example/", "none"),
                new Choice(Map.of("http_proxy", "p", "REQUEST_METHOD", "GET"), "http://r.example/", "http_proxy p:80"));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void proxy_isChosenByScheme(Choice row) {
        assertThat(proxy(row.environment(), row.url())).isEqualTo(row.proxy());
    }

    /** A row: a list of exceptions, hosts that match, and hosts that do not. */
    record Exceptions(String list, List<String> direct, List<String> proxied) {}

    static List<Exceptions> exceptions() {
        return List.of(
                new Exceptions(
                        "",
                        List.of("localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]:5000"),
                        List.of("r.example", "localhost.example", "10.0.0.1", "127.example", "[::2]")),
                new Exceptions("*", List.of("r.example", "10.0.0.1", "[2001:db8::1]"), List.of()),
                new Exceptions(
                        "r.example",
                        List.of("r.example", "R.Example:5000", "a.b.r.example"),
                        List.of("xr.example", "example", "r.example.org")),
                new Exceptions(".r.example", List.of("a.r.example", "a.b.r.example"), List.of("xr.example")),
                new Exceptions("*.r.example", List.of("a.r.example"), List.of("xr.example", "a.r.example2")),
                new Exceptions("r.example:5000", List.of("r.example:5000", "a.r.example:5000"), List.of("r.example")),
                new Exceptions("r.example:443", List.of("r.example", "r.example:443"), List.of("r.example:444")),
                new Exceptions(
                        " a.example , b.example c.example,,",
                        List.of("a.example", "b.example", "c.example"),
                        List.of("d")),
                new Exceptions("10.0.0.7", List.of("10.0.0.7", "10.0.0.7:5000"), List.of("10.0.0.70", "x10.example")),
                new Exceptions("10.0.0.7:5000", List.of("10.0.0.7:5000"), List.of("10.0.0.7")),
                new Exceptions(
                        "10.0.0.0/8,192.168.4.0/22",
                        List.of("10.255.1.2", "192.168.7.255"),
                        List.of("11.0.0.1", "192.168.8.0", "10.example", "[::a00:1]")),
                new Exceptions("10.0.0.0/0", List.of("1.2.3.4"), List.of("[2001:db8::1]", "r.example")),
                new Exceptions("2001:db8::/32", List.of("[2001:db8:1::1]"), List.of("[2001:db9::1]", "10.0.0.1")),
                new Exceptions(
                        "2001:db8::1", List.of("[2001:db8:0::1]", "[2001:db8::1]:5000"), List.of("[2001:db8::2]")),
                new Exceptions("[2001:db8::1]:5000", List.of("[2001:db8::1]:5000"), List.of("[2001:db8::1]")),
                // Malformed entries match nothing.
                new Exceptions(
                        "10.0.0.0/33,10.0.0.0/x,/8,.,*.,:,1.2.3.4.5,999.1.1.1",
                        List.of(),
                        List.of("10.0.0.1", "r.example")));
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void exceptions_areAskedDirectly(Exceptions row) {
        for (String variable : List.of("no_proxy", "NO_PROXY")) {
            Map<String, String> environment = Map.of("HTTPS_PROXY", "p", variable, row.list());
            for (String host : row.direct()) {
                assertThat(proxy(environment, "https://" + host + "/")).as(host).isEqualTo("none");
            }
            for (String host : row.proxied()) {
                assertThat(proxy(environment, "https://" + host + "/")).as(host).isEqualTo("HTTPS_PROXY p:80");
            }
        }
    }

    @Test
    void credentials_areDecoded() {
        assertThat(authorization("http://bob:s3cret%40x@p:1")).isEqualTo("bob:s3cret@x");
        assertThat(authorization("http://bob:a+b:c@p:1")).isEqualTo("bob:a+b:c");
        assertThat(authorization("http://bob@p:1")).isEqualTo("bob:");
        assertThat(Proxies.of(Map.of("HTTPS_PROXY", "http://p:1"))
                        .of(Origin.of(URI.create("https://r.example/")))
                        .orElseThrow()
                        .authorization())
                .isNull();
    }

    private static String authorization(String proxy) {
        String field = Proxies.of(Map.of("HTTPS_PROXY", proxy))
                .of(Origin.of(URI.create("https://r.example/")))
                .orElseThrow()
                .authorization();
        return new String(Base64.getDecoder().decode(field.substring("Basic ".length())));
    }
}
