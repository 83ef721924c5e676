// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.wasm.Parser;
import dev.wagi.core.internal.bytecode.CodePass;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
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

    /** Whether classes are in a jar, whose directory is read, or not, a module has one name. */
    @Test
    void checksums_areThoseOfTheClasses() throws IOException {
        for (Class<?> anchor : List.of(Parser.class, FlatMemory.class, FingerprintTest.class)) {
            byte[] bytes;
            try (InputStream in =
                    Objects.requireNonNull(anchor.getResourceAsStream(anchor.getSimpleName() + ".class"))) {
                bytes = in.readAllBytes();
            }
            CRC32 checksum = new CRC32();
            checksum.update(bytes);

            assertThat(Fingerprint.checksums(anchor, List.of(anchor.getSimpleName())))
                    .isEqualTo(ByteBuffer.allocate(16)
                            .putLong(bytes.length)
                            .putLong(checksum.getValue())
                            .flip());
        }
        assertThatThrownBy(() -> Fingerprint.checksums(Parser.class, List.of("Missing")))
                .hasMessage("BUG: the class Missing is not found; please report this");
    }

    @Test
    void of_otherModules_differs() {
        assertThat(Fingerprint.of("a".repeat(64)))
                .hasSize(64)
                .isEqualTo(Fingerprint.of("a".repeat(64)))
                .isNotEqualTo(Fingerprint.of("b".repeat(64)));
    }
}
