// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResponsePrinterTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void print_response_hasStatusLineFieldsAndBody() throws IOException {
        ResponsePrinter printer = new ResponsePrinter(out, false);

        printer.start(404, Headers.of("Content-Type", "text/plain", "Set-Cookie", "a", "Set-Cookie", "b"), 4);
        printer.write(new byte[] {9, 0, (byte) 0xff, '\r', '\n', 9}, 1, 4);
        printer.end();

        assertThat(text())
                .isEqualTo("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
                        + "Content-Length: 4\r\n\r\n\0\u00ff\r\n");
        assertThat(printer.status()).isEqualTo(404);
        assertThat(printer.isComplete()).isTrue();
    }

    @Test
    void print_unknownLengthAndStatus_hasNeitherLengthNorPhrase() throws IOException {
        ResponsePrinter printer = new ResponsePrinter(out, false);

        printer.start(299, Headers.none(), -1);
        printer.end();

        assertThat(text()).isEqualTo("HTTP/1.1 299 \r\n\r\n");
    }

    @Test
    void print_fieldValues_keepTheirOctets() throws IOException {
        ResponsePrinter printer = new ResponsePrinter(out, false);

        printer.start(200, Headers.of("A", "\u00e4", "B", "\u20ac"), -1);
        printer.end();

        assertThat(text()).contains("A: \u00e4\r\n", "B: \u00e2\u0082\u00ac\r\n");
    }

    @Test
    void print_bodyOnly_leavesOutTheHead() throws IOException {
        ResponsePrinter printer = new ResponsePrinter(out, true);

        printer.start(200, Headers.of("A", "b"), 1);
        printer.write(new byte[] {'x'}, 0, 1);
        printer.end();

        assertThat(text()).isEqualTo("x");
    }

    @Test
    void abort_leavesItIncomplete() throws IOException {
        ResponsePrinter printer = new ResponsePrinter(out, false);

        printer.start(200, Headers.none(), -1);
        printer.abort();

        assertThat(printer.isComplete()).isFalse();
    }

    private String text() {
        return out.toString(StandardCharsets.ISO_8859_1);
    }
}
