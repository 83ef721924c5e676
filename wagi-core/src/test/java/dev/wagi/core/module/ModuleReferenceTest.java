// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleReferenceTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
                    hello.wasm,                     file,      hello.wasm
                    ./a b/hello.wat,                file,      ./a b/hello.wat
                    /abs/hello.wasm,                file,      /abs/hello.wasm
                    C:\\guests\\hello.wasm,         file,      C:\\guests\\hello.wasm
                    c:/guests/hello.wasm,           file,      c:/guests/hello.wasm
                    file:hello.wasm,                file,      hello.wasm
                    file:/abs/hello.wasm,           file,      /abs/hello.wasm
                    file:///abs/hello.wasm,         file,      /abs/hello.wasm
                    file://localhost/abs/x.wasm,    file,      /abs/x.wasm
                    file:///C:/guests/x.wasm,       file,      C:/guests/x.wasm
                    FILE:hello.wasm,                file,      hello.wasm
                    classpath:/guests/hello.wasm,   classpath, /guests/hello.wasm
                    oci:example.org/hello:v1,       oci,       example.org/hello:v1
                    oci://example.org:5000/h:v1,    oci,       //example.org:5000/h:v1
                    bindle:example.com/hello/1.0.0, bindle,    example.com/hello/1.0.0
                    """)
    void parse_reference_hasSchemeAndLocation(String text, String scheme, String location) {
        ModuleReference reference = ModuleReference.parse(text.replace("\\\\", "\\"));

        assertThat(reference.scheme()).isEqualTo(scheme);
        assertThat(reference.location()).isEqualTo(location.replace("\\\\", "\\"));
        assertThat(reference.sha256()).isEmpty();
        assertThat(reference).hasToString(text.replace("\\\\", "\\"));
    }

    @Test
    void parse_pin_isCutOff() {
        String pin = "AB".repeat(32);

        ModuleReference reference = ModuleReference.parse("file:x.wasm#sha256:" + pin);

        assertThat(reference.location()).isEqualTo("x.wasm");
        assertThat(reference.sha256()).hasValue("ab".repeat(32));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    '',                    is empty
                    '  ',                  is empty
                    file:,                 has nothing after 'file:'
                    oci:,                  has nothing after 'oci:'
                    file://server/x.wasm,  names the host 'server'
                    x.wasm#sha256:abc,     has a malformed pin
                    """)
    void parse_malformedReference_saysWhy(String text, String message) {
        assertThatThrownBy(() -> ModuleReference.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
