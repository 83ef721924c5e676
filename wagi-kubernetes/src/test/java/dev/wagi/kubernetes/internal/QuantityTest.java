// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantities in the format of Kubernetes. */
class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "1Mi, 1048576",
        "1024Ki, 1048576",
        "1.5Gi, 1610612736",
        ".5Ki, 512",
        "5., 5",
        "1M, 1000000",
        "1e3, 1000",
        "1E3, 1000",
        "12E, 9223372036854775807",
        "1E, 1000000000000000000",
        "1e99, 9223372036854775807",
        "128m, 1",
        "1500m, 2",
        "+2k, 2000"
    })
    void bytes_ofAnAmount_areRoundedUp(String text, long bytes) {
        assertThat(Quantity.bytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 1", "-1", "1 Mi", "1mi", "1MB", "Mi", "1e", "1e1000", "NaN", "1_000", "0x10"})
    void bytes_ofSomethingElse_areNone(String text) {
        assertThatThrownBy(() -> Quantity.bytes(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is not a quantity of bytes; write for instance \"128Mi\"");
    }
}
