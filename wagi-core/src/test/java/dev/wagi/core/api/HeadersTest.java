// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** RFC 9110, sections 5.5 and 5.6.2. */
class HeadersTest {

    @Test
    void token_hasTheCharactersOfTheRfc() {
        assertThat(characters(c -> Headers.isToken("a" + c)))
                .isEqualTo("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
        assertThat(Headers.isToken("")).isFalse();
    }

    @Test
    void value_hasAnythingButTheEndOfALineAndNul() {
        assertThat(characters(c -> !isValue("a" + c + "b"))).isEqualTo("\0\n\r");
    }

    private static String characters(Predicate<String> chosen) {
        return IntStream.range(0, 0x200)
                .mapToObj(c -> String.valueOf((char) c))
                .filter(chosen)
                .collect(Collectors.joining());
    }

    private static boolean isValue(String value) {
        try {
            return Headers.of("Name", value).first("name").isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void name_isNoToken_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Headers.of("a name", "value"));
    }
}
