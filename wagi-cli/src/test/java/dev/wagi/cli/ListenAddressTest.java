// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:3000, 127.0.0.1, 3000",
        "0.0.0.0:80, 0.0.0.0, 80",
        "localhost:0, localhost, 0",
        ":8080, 127.0.0.1, 8080",
        ":0, 127.0.0.1, 0",
        "8080, 127.0.0.1, 8080",
        "[::1]:3000, ::1, 3000",
        "[fe80::1%eth0]:65535, fe80::1%eth0, 65535",
    })
    void parse_address_hasHostAndPort(String text, String host, int port) {
        assertThat(ListenAddress.parse(text)).isEqualTo(new ListenAddress(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:3000", "localhost:0", "[::1]:3000"})
    void toString_isInverseOfParse(String text) {
        assertThat(ListenAddress.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "300000",
                "localhost",
                "localhost:",
                "::1:3000",
                "[::1]",
                "[]:1",
                "a b:1",
                "http://a:1",
                "a:-1"
            })
    void parse_somethingElse_isRejected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ListenAddress.parse(text))
                .withMessage("is not HOST:PORT; write for instance \"127.0.0.1:3000\", or \"[::1]:3000\" for IPv6");
    }

    @Test
    void ofFile_unix_hasAPath() {
        ListenAddress address = ListenAddress.ofFile("unix:/run/wagi/wagi.sock");

        assertThat(address.file()).contains(Path.of("/run/wagi/wagi.sock"));
        assertThat(address).hasToString("unix:/run/wagi/wagi.sock");
        assertThat(ListenAddress.ofOption("unix:/a")).isEqualTo(ListenAddress.ofFile("unix:/a"));
        assertThat(ListenAddress.ofOption("127.0.0.1:1").file()).isEmpty();
        for (String text : List.of("unix:", "unix:a", "unix:./a")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ListenAddress.ofFile(text))
                    .withMessage("has no absolute path; write for instance \"unix:/run/wagi/wagi.sock\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:65536", "localhost:99999"})
    void parse_portTooHigh_isRejected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ListenAddress.parse(text))
                .withMessage("has a port above 65535");
    }
}
