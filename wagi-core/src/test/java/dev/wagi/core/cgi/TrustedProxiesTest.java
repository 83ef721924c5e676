// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.cgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedProxiesTest {

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
                    10.0.0.0/8,       10.0.0.9,          '',                                  10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          '203.0.113.7, evil',                 10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          'localhost',                         10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          '203.0.113.7:80',                    10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          ',,,',                               10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          '999.1.1.1',                         10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          '1.2.3.4.',                          10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          '.:1',                               10.0.0.9
                    10.0.0.0/8,       10.0.0.9,          'a:b',                               10.0.0.9
                    fe80::/10,        fe80::1%eth0,      203.0.113.7,                         203.0.113.7
                    172.16.0.0/12,    172.31.255.255,    203.0.113.7,                         203.0.113.7
                    172.16.0.0/12,    172.32.0.0,        203.0.113.7,                         172.32.0.0
                    0.0.0.0/0,        8.8.8.8,           203.0.113.7,                         203.0.113.7
                    ::1,              ::1,               2001:db8::7,                         2001:db8::7
                    0:0:0:0:0:0:0:1,  ::1,               2001:db8::7,                         2001:db8::7
                    fd00::/8,         fd12::1,           '2001:db8::7, fd00::2',              2001:db8::7
                    fd00::/8,         fe80::1,           2001:db8::7,                         fe80::1
                    10.0.0.9,         ::ffff:10.0.0.9,   203.0.113.7,                         203.0.113.7
                    """)
    void client_chain_isReadFromItsEnd(String trusted, String connection, String forwarded, String client) {
        TrustedProxies proxies = TrustedProxies.parse(trusted.isEmpty() ? List.of() : List.of(trusted));
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress(connection)
                .header("X-Forwarded-For", forwarded)
                .build();

        assertThat(proxies.client(request)).isEqualTo(client);
    }

    @Test
    void client_severalFields_areOneChain() {
        WagiRequest request = WagiRequest.builder("GET", "/")
                .remoteAddress("10.0.0.9")
                .header("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
                .header("x-forwarded-for", "10.0.0.1")
                .build();

        assertThat(TrustedProxies.parse(List.of("10.0.0.0/8")).client(request)).isEqualTo("203.0.113.7");
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
