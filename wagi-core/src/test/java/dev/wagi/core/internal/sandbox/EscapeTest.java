// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EscapeTest {

    @Test
    void forLog_text_isQuotedAsciiAndCut() {
        assertThat(Escape.forLog("a \"b\" \\ c")).isEqualTo("\"a \\\"b\\\" \\\\ c\"");
        assertThat(Escape.forLog("1\n2\r3\t4\0" + (char) 0x1b + "é" + (char) 0x202e))
                .isEqualTo("\"1\\n2\\r3\\t4\\x00\\x1b\\xe9\\u202e\"");
        assertThat(Escape.forLog("x".repeat(121))).isEqualTo("\"" + "x".repeat(120) + "\"...");
        assertThat(Escape.forLog("é".getBytes(StandardCharsets.UTF_8), 2)).isEqualTo("\"\\xc3\\xa9\"");
    }

    /** Everything that could start a line, move a terminal's cursor, or turn text around. */
    @ParameterizedTest
    @CsvSource({
        "000a, \\n",
        "000d, \\r",
        "0000, \\x00",
        "001b, \\x1b",
        "007f, \\x7f",
        "0085, \\x85",
        "009b, \\x9b",
        "061c, \\u061c",
        "200e, \\u200e",
        "200f, \\u200f",
        "2028, \\u2028",
        "2029, \\u2029",
        "202a, \\u202a",
        "202e, \\u202e",
        "2066, \\u2066",
        "2069, \\u2069",
        "206f, \\u206f"
    })
    void line_control_isEscaped(String code, String escaped) {
        char control = (char) Integer.parseInt(code, 16);

        assertThat(Escape.line("a" + control + "b")).isEqualTo("a" + escaped + "b");
    }

    @Test
    void line_text_staysReadable() {
        String text = "Grüße, 世界\tand \"quotes\"";

        assertThat(Escape.line(text)).isSameAs(text);
    }

    @Test
    void text_long_isCut() {
        assertThat(Escape.text("x".repeat(120))).hasSize(120);
        assertThat(Escape.text("x".repeat(1000))).isEqualTo("x".repeat(120) + "...");
    }
}
