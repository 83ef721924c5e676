// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgiResponseTest {

    /** What a transport was told, written down. */
    private static final class Recorder implements ResponseSink {
        private final StringBuilder calls = new StringBuilder();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private long announced = -2;

        @Override
        public void start(int status, Headers headers, long contentLength) {
            calls.append(status).append('\n').append(headers);
            announced = contentLength;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            body.write(bytes, offset, length);
        }

        @Override
        public void flush() {
            calls.append("flush\n");
        }

        @Override
        public void end() {
            calls.append("end\n");
        }

        @Override
        public void abort() {
            calls.append("abort\n");
        }

        String text() {
            return calls.toString().replace("flush\n", "").replace("end\n", "") + "\n"
                    + body.toString(StandardCharsets.ISO_8859_1);
        }
    }

    record Case(String what, String printed, String expected) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static final String T = "Content-Type: t/t\n";

    static Stream<Case> responses() {
        return Stream.of(
                new Case("content type", T + "\nbody", "200\nContent-Type: t/t\n\nbody"),
                new Case("CRLF", "Content-Type: t/t\r\n\r\nbody", "200\nContent-Type: t/t\n\nbody"),
                new Case("mixed line ends", "X: 1\r\n" + T + "\r\nbody", "200\nX: 1\nContent-Type: t/t\n\nbody"),
                new Case(
                        "LF block before a CRLF CRLF in the body",
                        T + "\na\r\n\r\nb",
                        "200\nContent-Type: t/t\n\na\r\n\r\nb"),
                new Case("body of line ends", T + "\n\n\r\n\r", "200\nContent-Type: t/t\n\n\n\r\n\r"),
                new Case("no body", T + "\n", "200\nContent-Type: t/t\n\n"),
                new Case("names in any case", "cOnTent-tYpe: t/t\nSTATUS: 201\n\nb", "201\ncOnTent-tYpe: t/t\n\nb"),
                new Case("no space after the colon", "Content-Type:t/t\n\n", "200\nContent-Type: t/t\n\n"),
                new Case("white space around the value", "Content-Type: \t t/t \t\n\n", "200\nContent-Type: t/t\n\n"),
                new Case("colons in a value", T + "X: a:b: c\n\n", "200\nContent-Type: t/t\nX: a:b: c\n\n"),
                new Case("octets in a value", T + "X: \u00e9\u00ff\n\n", "200\nContent-Type: t/t\nX: \u00e9\u00ff\n\n"),
                new Case("status alone", "Status: 204\n\n", "204\n\n"),
                new Case("status with phrase", "Status: 404 Not here\n" + T + "\nb", "404\nContent-Type: t/t\n\nb"),
                new Case("status without type", "Status: 599\n\nb", "599\n\nb"),
                new Case("reset content", "Status: 205\n" + T + "\nbody", "205\nContent-Type: t/t\n\n"),
                new Case("bodiless status", "Status: 304\nETag: x\n\nbody", "304\nETag: x\n\n"),
                new Case(
                        "client redirect",
                        "Location: https://example.org/\n\n",
                        "302\nLocation: https://example.org/\n\n"),
                new Case(
                        "redirect with status first",
                        "Status: 301\nLocation: https://a/\n\n",
                        "301\nLocation: https://a/\n\n"),
                new Case(
                        "redirect with status last",
                        "Location: https://a/\nStatus: 301\n\n",
                        "301\nLocation: https://a/\n\n"),
                new Case(
                        "redirect with document",
                        "Location: https://a/\n" + T + "\nb",
                        "302\nLocation: https://a/\nContent-Type: t/t\n\nb"),
                new Case("local path with status", "Location: /a\nStatus: 303\n\n", "303\nLocation: /a\n\n"),
                new Case("local path with body", "Location: /a\n\nb", "302\nLocation: /a\n\nb"),
                new Case("local path with a field", "Location: /a\nX: 1\n\n", "302\nLocation: /a\nX: 1\n\n"),
                new Case(
                        "network path is not local",
                        "Location: //evil.example\n\n",
                        "302\nLocation: //evil.example\n\n"),
                new Case(
                        "repeated fields",
                        T + "Set-Cookie: a=1\nSet-Cookie: b=2\n\n",
                        "200\nContent-Type: t/t\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n"),
                new Case(
                        "framing is ours",
                        T
                                + "Content-Length: 1\nTransfer-Encoding: chunked\nConnection: close\nKeep-Alive:"
                                + " 1\nUpgrade: x\nTrailer: X\nTE: x\n\nbody",
                        "200\nContent-Type: t/t\n\nbody"),
                new Case(
                        "empty CGI fields are absent",
                        "Status:\nLocation: \n" + T + "Content-Type:\n\nb",
                        "200\nContent-Type: t/t\n\nb"),
                new Case("empty other fields stay", T + "X:\n\n", "200\nContent-Type: t/t\nX: \n\n"),
                new Case("all octets in the body", T + "\n" + allOctets(), "200\nContent-Type: t/t\n\n" + allOctets()));
    }

    @ParameterizedTest
    @MethodSource("responses")
    void write_output_becomesResponse(Case row) throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);

        print(response, row.printed);

        assertThat(response.finish()).isEmpty();
        assertThat(sink.text()).isEqualTo(row.expected);
        assertThat(sink.calls.toString()).endsWith("end\n");
    }

    /** Cut at every place, into single bytes, and at random: nothing may depend on it. */
    @ParameterizedTest
    @MethodSource("responses")
    void write_anyCutOfTheOutput_givesTheSameResponse(Case row) throws IOException {
        byte[] bytes = row.printed.getBytes(StandardCharsets.ISO_8859_1);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round <= bytes.length; round++) {
            Recorder sink = new Recorder();
            CgiResponse response = response(sink);
            response.write(bytes, 0, round);
            for (int at = round; at < bytes.length; ) {
                int length = 1 + random.nextInt(Math.min(8, bytes.length - at));
                response.write(bytes, at, length);
                if (random.nextInt(8) == 0) {
                    response.flush();
                }
                at += length;
            }

            response.finish();

            assertThat(sink.text()).as("seed %d, round %d", seed, round).isEqualTo(row.expected);
        }
    }

    static Stream<Case> refused() {
        return Stream.of(
                new Case("nothing at all", "", "it printed nothing"),
                new Case("no empty line", T, "its output ended inside the header block: \"Content-Type: t/t\\n\""),
                new Case("garbage", "hello world", "its output ended inside the header block: \"hello world\""),
                new Case("body only", "hello\n\n", "a line of the header block is not 'Name: value': \"hello\""),
                new Case("empty block", "\nbody", "the header block has neither Content-Type nor Status nor Location"),
                new Case(
                        "empty block with CRLF",
                        "\r\nbody",
                        "the header block has neither Content-Type nor Status nor Location"),
                new Case(
                        "only other fields",
                        "X: 1\n\n",
                        "the header block has neither Content-Type nor Status nor Location"),
                new Case("only empty CGI fields", "Content-Type:\nStatus:\n\n", "the header block has neither"),
                new Case("space before the colon", T + "X : 1\n\n", "a line of the header block is not"),
                new Case("continuation line", T + " more\n\n", "a line of the header block is not"),
                new Case("tab continuation line", T + "\tmore: x\n\n", "a line of the header block is not"),
                new Case("empty name", T + ": x\n\n", "a line of the header block is not"),
                new Case("name with a control character", T + "X\u0000: x\n\n", "a line of the header block is not"),
                new Case("non-parsed headers", "HTTP/1.1 200 OK\n" + T + "\n", "a line of the header block is not"),
                new Case(
                        "lone CR in a value",
                        T + "X: a\rSet-Cookie: b\n\n",
                        "a header value holds a control character: \"X: a\\rSet-Cookie: b\""),
                new Case("CR CR LF", T + "X: a\r\r\n\n", "a header value holds a control character"),
                new Case(
                        "NUL in a value",
                        T + "X: a\u0000b\n\n",
                        "a header value holds a control character: \"X: a\\x00b\""),
                new Case("NUL at the end of a value", T + "X: a\u0000\n\n", "a header value holds a control character"),
                new Case(
                        "escape sequence",
                        T + "X: \u001b[2J\n\n",
                        "a header value holds a control character: \"X: \\x1b[2J\""),
                new Case("two types", T + T + "\n", "the field Content-Type occurs twice"),
                new Case("two status lines", "Status: 200\nstatus: 200\n\n", "the field status occurs twice"),
                new Case("two locations", "Location: a\nLocation: b\n\n", "the field Location occurs twice"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void write_invalidOutput_isRefusedAndNothingSent(Case row) {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);

        assertThatThrownBy(() -> {
                    print(response, row.printed);
                    response.finish();
                })
                .isInstanceOf(GuestOutputException.class)
                .hasMessageContaining(row.expected);
        assertThat(sink.calls.toString()).isEmpty();
        assertThat(response.isStarted()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "100",
                "101",
                "199",
                "600",
                "999",
                "000",
                "20",
                "2000",
                "2x0",
                "abc",
                "-20",
                "+200",
                "200OK",
                "\u0662\u0660\u0660"
            })
    void write_malformedStatus_isRefused(String status) {
        assertThatThrownBy(() -> print(response(new Recorder()), "Status: " + status + "\n" + T + "\n"))
                .isInstanceOf(GuestOutputException.class)
                .hasMessageContaining("Status is not a code from 200 to 599");
    }

    @Test
    void finish_loneLocalLocation_isALocalRedirect() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);

        print(response, "Location: /next?x=1\n\n");
        response.flush();

        assertThat(response.finish()).isEqualTo(Optional.of("/next?x=1"));
        assertThat(sink.calls.toString()).isEmpty();
    }

    @Test
    void finish_localLocationOutsideOfTheMountPath_isAClientRedirect() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = new CgiResponse(sink, Headers.none(), "/app", false);

        print(response, "Location: /next\n\n");

        assertThat(response.finish()).isEmpty();
        assertThat(sink.text()).isEqualTo("302\nLocation: /next\n\n");
    }

    @Test
    void finish_smallBody_isSentAtOnceWithItsLength() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);

        print(response, T + "\nab");
        print(response, "cd");
        assertThat(response.isStarted()).isFalse();
        response.finish();

        assertThat(sink.announced).isEqualTo(4);
    }

    @Test
    void flush_bodyHasBegun_sendsItWithoutLength() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);

        print(response, T + "\n");
        response.flush();
        assertThat(response.isStarted()).as("still free to change").isFalse();
        print(response, "ab");
        response.flush();

        assertThat(response.isStarted()).isTrue();
        assertThat(sink.announced).isEqualTo(-1);
        assertThat(sink.body.toString()).isEqualTo("ab");
        assertThat(sink.calls.toString()).endsWith("flush\n");
    }

    @Test
    void write_largeBody_isStreamed() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = response(sink);
        byte[] body = new byte[1 << 20];
        new Random(1).nextBytes(body);

        print(response, T + "\n");
        response.write(body, 0, body.length);
        assertThat(sink.body.size()).isEqualTo(body.length);
        response.finish();

        assertThat(sink.body.toByteArray()).isEqualTo(body);
        assertThat(sink.announced).isEqualTo(-1);
    }

    @Test
    void finish_head_keepsHeadersAndLengthButNoBody() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = new CgiResponse(sink, Headers.none(), "", true);

        print(response, T + "\nbody");
        response.finish();

        assertThat(sink.text()).isEqualTo("200\nContent-Type: t/t\n\n");
        assertThat(sink.announced).isEqualTo(4);
    }

    @Test
    void finish_ownFields_comeLast() throws IOException {
        Recorder sink = new Recorder();
        CgiResponse response = new CgiResponse(sink, Headers.of("X-Request-Id", "7"), "", false);

        print(response, T + "\n");
        response.finish();

        assertThat(sink.text()).isEqualTo("200\nContent-Type: t/t\nX-Request-Id: 7\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "5", "0"})
    void lengthMismatch_contentLengthContradictsTheBody_isTold(String length) throws IOException {
        CgiResponse response = response(new Recorder());

        print(response, T + "Content-Length: " + length + "\n\nbody");
        response.finish();

        assertThat(response.lengthMismatch()).hasValue("its Content-Length is " + length + " but the body has 4 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 4\n", "Content-Length: four\n", ""})
    void lengthMismatch_nothingContradicts_isEmpty(String field) throws IOException {
        CgiResponse response = response(new Recorder());

        print(response, T + field + "\nbody");
        response.finish();

        assertThat(response.lengthMismatch()).isEmpty();
    }

    @Test
    void write_headerBlockWithoutEnd_isBounded() {
        CgiResponse response = response(new Recorder());
        byte[] kilobyte = "x".repeat(1024).getBytes(StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> {
                    for (int i = 0; i <= 64; i++) {
                        response.write(kilobyte, 0, kilobyte.length);
                    }
                })
                .isInstanceOf(GuestOutputException.class)
                .hasMessageContaining("its header block is longer than 65536 bytes");
    }

    @Test
    void write_manyFields_isBounded() {
        assertThatThrownBy(() -> print(response(new Recorder()), T + "X: 1\n".repeat(256) + "\n"))
                .isInstanceOf(GuestOutputException.class)
                .hasMessageContaining("more than 256 fields, its limit; raise max_headers");
    }

    private static CgiResponse response(ResponseSink sink) {
        return new CgiResponse(sink, Headers.none(), "", false);
    }

    private static void print(CgiResponse response, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        response.write(bytes, 0, bytes.length);
    }

    private static String allOctets() {
        StringBuilder octets = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            octets.append(c);
        }
        return octets.toString();
    }
}
