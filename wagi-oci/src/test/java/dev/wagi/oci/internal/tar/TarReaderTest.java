// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TarReaderTest {

    /** Whatever an archive is changed to, the reader comes to an end with entries or with its own exception. */
    @Test
    void next_anyBytes_neverFailsOtherwise() throws IOException {
        byte[] good = new byte[2048];
        good[0] = 'a';
        System.arraycopy("00000000010\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, good, 124, 12);
        good[156] = '0';
        Random random = new Random(1);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = good.clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                bytes[random.nextInt(512)] = (byte) random.nextInt(256);
            }
            withChecksum(bytes);
            try {
                TarReader reader = new TarReader(new ByteArrayInputStream(bytes));
                for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                    assertThat(entry.get().size()).isNotNegative();
                    assertThat("/" + entry.get().name() + "/")
                            .doesNotContain("/../")
                            .doesNotStartWith("//");
                    read++;
                }
            } catch (TarException e) {
                refused++;
            }
        }
        assertThat(read).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void next_endOfTheStreamWithoutZeros_isTheEnd() throws IOException {
        assertThat(new TarReader(new ByteArrayInputStream(new byte[0])).next()).isEmpty();
        assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(new byte[] {1})).next())
                .hasMessage("ends in the middle of a header");
    }

    private static void withChecksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
        }
        byte[] text = "%06o\0 ".formatted(sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, 148, 8);
    }
}
