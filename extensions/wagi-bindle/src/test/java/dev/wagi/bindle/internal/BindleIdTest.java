// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BindleIdTest {

    @ParameterizedTest
    @ValueSource(strings = {"hello/1.0.0", "example.com/a/b_c/1.0.0-beta.1+build.7", "~ann/x-y/0.1.0"})
    void parse_nameAndVersion_isTheInverseOfToString(String text) {
        assertThat(BindleId.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "/hello/1.0.0",
                "hello//1.0.0",
                "hello/1.0.0/",
                "../1.0.0",
                "a/../1.0.0",
                "a/./1.0.0",
                "a/..",
                "a/1.0.0?x",
                "a/1.0.0#x",
                "a/1.0.0@x",
                "a\\b/1.0.0",
                "a%2f/1.0.0",
                "a b/1.0.0",
                "a/1.0.0\n",
                "http://h/1"
            })
    void parse_anythingElse_isRejected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BindleId.parse(text))
                .withMessageContaining("write for instance \"example.com/hello/1.0.0\"");
    }

    @Test
    void parse_veryLong_isRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> BindleId.parse("a/".repeat(100_000) + "1"));
    }

    /** The directory of a bindle among WAGI's own samples. */
    @Test
    void sha256_isTheOneOfBindle() {
        assertThat(BindleId.parse("itowlson/toast-on-demand/0.1.0-ivan-20210924170616069")
                        .sha256())
                .isEqualTo("28e62d239a12d50b11db734eb4a37bf9e746fd487f2a375d17db3a82d6869d54");
    }
}
