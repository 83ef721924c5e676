// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 3986, section 3.2.2, and the port of a Host field. */
class HostPortTest {

    @ParameterizedTest
    @CsvSource({
        "example.org, example.org, -1",
        "Example.ORG:81, example.org, 81",
        "example.org., example.org, -1",
        "example.org:, example.org, -1",
        "127.0.0.1:3000, 127.0.0.1, 3000",
        "[::1], [::1], -1",
        "[FE80::A]:65535, [fe80::a], 65535",
        "a:0, a, 0",
    })
    void text_isAHost(String text, String host, int port) {
        assertThat(HostPort.parse(text)).contains(new HostPort(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "[]",
                "[::1",
                "::1",
                "a:b",
                "a:65536",
                "a:000080",
                "a:-1",
                "a b",
                "a/b",
                "[g::]",
                "[::1]x"
            })
    void text_isNone(String text) {
        assertThat(HostPort.parse(text)).isEmpty();
    }

    /** Unreserved characters, sub-delimiters and percent in a name; hexadecimal digits, colon and dot in an address. */
    @Test
    void characters_areThoseOfTheRfc() {
        assertThat(allowed("a", "a"))
                .isEqualTo("!$%&'()*+,-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assertThat(allowed("[:", ":]")).isEqualTo(".0123456789:ABCDEFabcdef");
    }

    private static String allowed(String before, String after) {
        return IntStream.range(0, 0x200)
                .mapToObj(c -> String.valueOf((char) c))
                .filter(c -> HostPort.parse(before + c + after).isPresent())
                .collect(Collectors.joining());
    }
}
