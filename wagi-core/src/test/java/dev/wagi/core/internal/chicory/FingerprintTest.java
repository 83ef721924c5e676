// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.bytecode.CodePass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    /** A pass that makes other code must not find what the old one made. */
    @Test
    void involved_hasEveryClassOfThePass() throws IOException {
        Path sources = Path.of(System.getProperty("wagi.root", ".."))
                .resolve("wagi-core/src/main/java/dev/wagi/core/internal/bytecode");
        try (Stream<Path> files = Files.list(sources)) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".java", ""))
                            .filter(name -> !name.equals("package-info")))
                    .containsExactlyInAnyOrderElementsOf(Fingerprint.INVOLVED.get(CodePass.class));
        }
    }

    @Test
    void of_otherModules_differs() {
        assertThat(Fingerprint.of("a".repeat(64)))
                .hasSize(64)
                .isEqualTo(Fingerprint.of("a".repeat(64)))
                .isNotEqualTo(Fingerprint.of("b".repeat(64)));
    }
}
