// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestUrlTest {

    @ParameterizedTest
    @CsvSource({
        "/, http, '', /",
        "/a?b=c, http, '', /a?b=c",
        "/a#b, http, '', /a",
        "/a%2Fb, http, '', /a%2Fb",
        "/a b, http, '', /a%20b",
        "/ä?ö, http, '', /%C3%A4?%C3%B6",
        "//a, http, '', //a",
        "http://h, http, h, /",
        "http://h?x, http, h, /?x",
        "http://h#f, http, h, /",
        "https://h:8443/a?b#c, https, h:8443, /a?b",
        "http://[::1]:80/a, http, [::1]:80, /a",
    })
    void parse_url_hasSchemeHostAndTarget(String text, String scheme, String host, String target) {
        assertThat(RequestUrl.parse(text)).isEqualTo(new RequestUrl(scheme, host, target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "?a", "#", "ftp://h/", "localhost:3000/a", "http:///a", "http://user@h/a"})
    void parse_somethingElse_isRejected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestUrl.parse(text))
                .withMessage("is neither a path nor a URL; write for instance \"/hello?x=1\" or"
                        + " \"http://localhost/hello?x=1\"");
    }
}
