// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an entry of {@code allowed_hosts} may look like; what it lets through is in {@link SsrfTest}. */
class AllowListTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    example.org                    | has no scheme; write "https://example.org"
                    example.org:8080               | has no scheme; write "https://example.org:8080"
                    *.example.org                  | has no scheme; write "https://*.example.org"
                    *                              | is not scheme://host[:port]; write for instance
                    ''                             | is not scheme://host[:port]; write for instance
                    https:example.org              | is not scheme://host[:port]; write for instance
                    ftp://example.org              | is not scheme://host[:port] with http or https
                    ://example.org                 | is not scheme://host[:port] with http or https
                    https://example.org/path       | has more than scheme, host and port
                    https://example.org//          | has more than scheme, host and port
                    https://example.org?q          | has more than scheme, host and port
                    https://example.org#f          | has more than scheme, host and port
                    https://user@example.org       | has more than scheme, host and port
                    https://a.*.example.org        | has more than scheme, host and port
                    https://*example.org           | has more than scheme, host and port
                    https://*.*.example.org        | has more than scheme, host and port
                    https://*                      | has more than scheme, host and port
                    https://                       | is not scheme://host[:port]: its host is empty
                    https://*.                     | is not scheme://host[:port]: its host is empty
                    https://example.org:0          | is not scheme://host[:port]: its port is not
                    https://example.org:https      | is not scheme://host[:port]: its port is not
                    https://exa mple.org           | is not scheme://host[:port]: it has a space
                    https://127.1                  | is not scheme://host[:port]: its host is an ambiguous address
                    https://0x7f000001             | is not scheme://host[:port]: its host is an ambiguous address
                    https://[::1                   | is not scheme://host[:port]
                    https://*.10.0.0.1             | has a wildcard before an address
                    """)
    void with_noEntry_saysWhatToWrite(String text, String message) {
        assertThatThrownBy(() -> AllowList.nothing().with(text, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"insecure:allow-all", "https://*.example.org"})
    void with_manyPrivateHosts_isRefused(String text) {
        assertThatThrownBy(() -> AllowList.nothing().with(text, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name each private host in an entry of its own");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org",
                "https://example.org/",
                "HTTPS://EXAMPLE.ORG",
                "http://example.org:8080",
                "https://*.example.org:8443",
                "http://10.0.0.1",
                "http://[2001:db8::1]:80",
                "https://b\u00fccher.example",
                "insecure:allow-all"
            })
    void with_entry_isKeptAsItWasWritten(String text) {
        assertThat(AllowList.nothing().with(text, false).describe()).hasToString("[" + text + "]");
    }

    @Test
    void useless_privateAddressesWithoutLeave_areNamed() {
        AllowList list = AllowList.nothing()
                .with("http://localhost:8080", false)
                .with("http://10.0.0.1", false)
                .with("http://[::1]", false)
                .with("http://10.0.0.2", true)
                .with("https://8.8.8.8", false)
                .with("https://*.example.org", false)
                .with("insecure:allow-all", false);

        assertThat(list.useless()).containsExactly("http://localhost:8080", "http://10.0.0.1", "http://[::1]");
    }
}
