// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A watch that breaks on a character is in {@code FakeClusterTest}. */
class WatchTextTest {

    private static final String TEXT = "plain, \u00fc, \u20ac and \ud83d\ude00, \\\\u0041 \u0000";

    @Test
    void text_cutAnywhere_arrivesAndIsAscii() throws Exception {
        ObjectMapper json = new ObjectMapper();
        byte[] line = (json.writeValueAsString(TEXT) + "\n").getBytes(StandardCharsets.UTF_8);

        for (int first = 0; first <= line.length; first++) {
            for (int second = first; second <= line.length; second++) {
                StringBuilder arrived = new StringBuilder();
                WatchText.Escaping consumer = new WatchText.Escaping(
                        (parts, body) -> parts.forEach(part -> arrived.append(asTheClient(part))));
                consumer.consume(List.of(ByteBuffer.wrap(line, 0, first)), null);
                consumer.consume(
                        List.of(
                                ByteBuffer.wrap(line, first, second - first),
                                ByteBuffer.wrap(line, second, line.length - second)),
                        null);

                assertThat(arrived.chars()).allMatch(c -> c > 0 && c < 0x80);
                assertThat(arrived.toString()).endsWith("\n");
                assertThat(json.readValue(arrived.toString(), String.class)).isEqualTo(TEXT);
            }
        }
    }

    /** With all of the array, as it does. */
    private static String asTheClient(ByteBuffer part) {
        return new String(StandardCharsets.UTF_8.decode(part).array());
    }
}
