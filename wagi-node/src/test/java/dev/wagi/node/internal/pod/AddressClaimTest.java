// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressClaimTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000006Z");

    @TempDir
    private Path directory;

    @Test
    void of_theSameAddress_isAsOldAsBefore() {
        AddressClaim first = AddressClaim.of(directory, "0.0.0.0:80", NOW);

        assertThat(AddressClaim.of(directory, "0.0.0.0:80", NOW.plusSeconds(1))).isEqualTo(first);
        assertThat(first.update(directory, "0.0.0.0:80", NOW.plusSeconds(1))).isEqualTo(first);
    }

    @Test
    void update_ofTheAddress_beginsAnew() {
        AddressClaim next = AddressClaim.of(directory, "0.0.0.0:80", NOW)
                .update(directory, "0.0.0.0:81", NOW.plusSeconds(1))
                .update(directory, "0.0.0.0:80", NOW.plusSeconds(2));

        assertThat(next.since()).isEqualTo(NOW.plusSeconds(2));
        assertThat(AddressClaim.of(directory, "0.0.0.0:80", NOW.plusSeconds(3))).isEqualTo(next);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0.0.0.0:80", "2026-01-01T00:00:00Z 0.0.0.0:81", "2026-01-01T00:00:00Z", "x 0.0.0.0:80"})
    void of_aFileThatSaysSomethingElse_beginsNow(String content) throws IOException {
        Files.writeString(directory.resolve("address"), content);

        assertThat(AddressClaim.of(directory, "0.0.0.0:80", NOW).since()).isEqualTo(NOW);
    }
}
