// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract over HTTP/1.1, and the parts of it that can only be observed byte by byte. */
abstract class WireContract extends TransportContract {

    private JdkClient client;

    @BeforeAll
    void openClient() {
        client = new JdkClient(base(), HttpClient.Version.HTTP_1_1);
    }

    @Override
    final String protocol() {
        return "HTTP/1.1";
    }

    @Override
    final Answer exchange(Ask ask) throws Exception {
        return client.exchange(ask);
    }

    /** The JDK's client does not read before it has sent everything. */
    @Override
    final byte[] echo(byte[] body) throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env/echo") + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length
                    + "\r\n\r\n");
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    raw.send(new String(body, StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            byte[] received = octets(raw.read().body());
            sent.join();
            return received;
        }
    }

    @Test
    void date_isSent() throws Exception {
        assertThat(get("/hello").field("Date")).isNotEmpty();
    }

    @Test
    void echo_headerOctets_comeBack() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("GET " + path("/env") + " HTTP/1.1\r\nHost: h\r\nX-Octets: \u00c3\u00a9\u00ff\tx\r\n\r\n");

            assertThat(raw.read().body())
                    .contains("HTTP_X_OCTETS=\u00c3\u00a9\\xff" + (differs(Difference.TAB_IS_A_SPACE) ? " " : "\\t")
                            + "x\n");
        }
    }

    @Test
    void conversation_guestPrintsBeforeItReads_clientSeesItBeforeItSends() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/converse") + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(raw.readUntil("first\n")).startsWith("HTTP/1.1 200 ");

            raw.send("7\r\nsecond\n\r\n");
            raw.readUntil("second\n");

            raw.send("6\r\nthird\n\r\n0\r\n\r\n");
            assertThat(raw.readUntil("0\r\n\r\n")).contains("third\n");
        }
    }

    /** Behind a proxy, the port in the Host field differs from the one that is listened on. */
    @ParameterizedTest
    @CsvSource({
        "shop.example:80, shop.example, 80",
        "shop.example:443, shop.example, 443",
        "shop.example:8443, shop.example, 8443",
        "Shop.EXAMPLE:80, shop.example, 80",
        "shop.example.:80, shop.example, 80",
        "[::1]:80, [::1], 80",
    })
    void host_anyPort_isTheFields(String host, String name, int port) throws Exception {
        RawClient.Response response = exchange("GET " + path("/env") + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

        String scheme = base().getScheme();
        String shown = port == (scheme.equals("https") ? 443 : 80) ? name : name + ":" + port;
        assertThat(response.body().lines().toList())
                .contains(
                        "HTTP_HOST=" + host,
                        "SERVER_NAME=" + name,
                        "SERVER_PORT=" + port,
                        "X_FULL_URL=" + scheme + "://" + shown + path("/env"));
    }

    @Test
    void addresses_ofBothEnds_areSet() throws Exception {
        assertThat(get("/env").lines())
                .contains("SERVER_ADDR=127.0.0.1")
                .anyMatch(line -> line.matches("REMOTE_PORT=[1-9][0-9]{0,4}"));
    }

    @Test
    void expectContinue_bodyThatIsCollected_isAskedFor() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env")
                    + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(raw.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
            raw.send("3\r\nabc\r\n0\r\n\r\n");

            assertThat(raw.read().body()).contains("CONTENT_LENGTH=3\n", "length = 3\n");
        }
    }

    @Test
    void chunkedBody_thatIsTooLong_isRefusedBeforeItsEnd() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/small") + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            raw.send("b\r\n12345678901\r\n");

            assertThat(raw.read().status()).isEqualTo(413);
        }
    }

    @Test
    void head_thenGet_onOneConnection() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("HEAD " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response head = raw.readHead();
            raw.send("GET " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response get = raw.read();

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.first("Content-Length")).isEqualTo("12");
            assertThat(get.body()).isEqualTo("hello world\n");
            assertThat(head.first("Content-Type")).isEqualTo(get.first("Content-Type"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no_content", "/not_modified"})
    void bodilessStatus_hasNoFramingAndKeepsTheConnection(String path) throws Exception {
        try (RawClient raw = raw()) {
            raw.send("GET " + path(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response response = raw.read();
            raw.send("GET " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(response.status()).isIn(204, 304);
            assertThat(response.all("Transfer-Encoding")).isEmpty();
            assertThat(response.all("Content-Length")).isEmpty();
            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    /** A trap, the timeout, and max_response_body in the middle of a body. */
    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/late", "/cut"})
    void brokenBody_neverLooksWhole(String path) throws Exception {
        String get = "GET " + path(path) + " HTTP/1.1\r\nHost: h\r\n";
        for (RawClient.Rest rest :
                sendAtOnce(get + "\r\n", get + "Connection: close\r\n\r\n", get + "Connection: x, Close\r\n\r\n")) {
            assertThat(head(rest.text()).toLowerCase(Locale.ROOT))
                    .startsWith("http/1.1 200 ")
                    .containsOnlyOnce("transfer-encoding: chunked\r\n");
            assertThat(rest.text().contains("\r\n0\r\n")).as("last chunk").isFalse();
        }
    }

    /** HTTP/1.0 has no chunked coding, so only the way in which the connection ends distinguishes a complete body. */
    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/late", "/cut"})
    void brokenBody_http10_isReset(String path) throws Exception {
        String get = "GET " + path(path) + " HTTP/1.0\r\n";
        for (RawClient.Rest rest : sendAtOnce(
                get + "\r\n", get + "Connection: keep-alive\r\n\r\n", get + "Host: h\r\nConnection: close\r\n\r\n")) {
            assertThat(head(rest.text())).contains(" 200 ").doesNotContainIgnoringCase("transfer-encoding");
            assertThat(rest.orderly()).isEqualTo(differs(Difference.HTTP_1_0_LOOKS_WHOLE));
        }
    }

    /** Sends each request on a connection of its own, all before the first response is read; reads to their ends. */
    private List<RawClient.Rest> sendAtOnce(String... requests) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (String request : requests) {
                RawClient client = raw();
                clients.add(client);
                client.send(request);
            }
            return clients.stream().map(RawClient::readRest).toList();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1\r\nHost: h\r\nConnection: close", "HTTP/1.0", "HTTP/1.0\r\nConnection: close"})
    void wholeBody_ofUnknownLength_endsOrderly(String version) throws Exception {
        for (String method : new String[] {"GET", "HEAD"}) {
            try (RawClient raw = raw()) {
                RawClient.Rest rest = raw.send(method + " " + path("/large") + " " + version + "\r\n\r\n")
                        .readRest();

                assertThat(rest.orderly()).isTrue();
                String body = rest.text().substring(head(rest.text()).length());
                if (method.equals("HEAD")) {
                    assertThat(body).isEmpty();
                } else if (version.contains("1.1")) {
                    assertThat(body.endsWith("\r\n0\r\n\r\n")).as("last chunk").isTrue();
                } else {
                    assertThat(body.equals("b".repeat(80 << 10))).as("whole").isTrue();
                }
            }
        }
    }

    /** Without Connection: close, the next request is served on the same connection. */
    @ParameterizedTest
    @CsvSource({
        "/env/body, 'Content-Length: 5', abcde",
        "/env/body, 'Transfer-Encoding: chunked', '5|abcde|0||'",
        "/stream, 'Content-Length: 5', abcde",
        "/stream, 'Transfer-Encoding: chunked', '5|abcde|0||'",
        "/hello, 'Content-Length: 5', abcde",
        "/hello, 'Transfer-Encoding: chunked', '5|abcde|0||'",
        "/nope, 'Content-Length: 5', abcde",
        "/trap, 'Content-Length: 5', abcde",
    })
    void keptConnection_afterABody_servesTheNext(String path, String field, String body) throws Exception {
        assumeFalse(path.equals("/nope") && differs(Difference.UNKNOWN_PATH_IS_THE_CONTAINERS));
        String request = "POST " + path(path) + " HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n";
        for (int i = 0; i < 5; i++) {
            try (RawClient raw = raw()) {
                for (int j = 0; j < 20; j++) {
                    raw.send(request);
                    raw.send(body.replace("|", "\r\n"));
                    if (raw.read().first("Connection").equals("close")) {
                        break;
                    }
                }
            }
        }
    }

    @Test
    void pipelining_twoRequestsAtOnce_areAnsweredInOrder() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env/echo") + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + "GET "
                    + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("abc");
            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void expectContinue_guestThatReads_isAsked() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env/echo")
                    + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            assertThat(raw.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
            raw.send("abc");

            assertThat(raw.read().body()).isEqualTo("abc");
        }
    }

    @Test
    void expectContinue_guestThatDoesNotRead_answersAtOnce() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/hello")
                    + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");

            assertThat(raw.readUntil("hello world\n"))
                    .startsWith(differs(Difference.CONTINUE_IS_SENT_AT_ONCE) ? "HTTP/1.1 100 " : "HTTP/1.1 200 ");
        }
    }

    @Test
    void http10_withoutHost_isAnsweredAndClosed() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("GET " + path("/env") + " HTTP/1.0\r\n\r\n");

            assertThat(raw.readAll())
                    .contains(
                            " 200 ",
                            "SERVER_PROTOCOL=HTTP/1.0\n",
                            "SERVER_NAME=127.0.0.1\n",
                            "SERVER_PORT=3000\n",
                            "CONTENT_LENGTH=0\n")
                    .doesNotContain("HTTP_HOST=");
        }
    }

    /** Paths that only few clients can send, with the PATH_INFO, or null for 400. */
    static Stream<PathCase> rawPaths() {
        return Stream.of(
                new PathCase("raw UTF-8", "/\u00c3\u00a9", "/\u00c3\u00a9"),
                new PathCase("bad escape", "/%zz", null),
                new PathCase("cut escape", "/a%2", null),
                new PathCase("raw octet that is not UTF-8", "/\u00ff", null),
                new PathCase("the same in the query", "?\u00ff", null));
    }

    @ParameterizedTest
    @MethodSource
    void rawPaths(PathCase path) throws Exception {
        RawClient.Response response = exchange("GET " + path("/env" + path.raw()) + " HTTP/1.1\r\nHost: h\r\n\r\n");

        if (path.pathInfo() == null || differs(Difference.TARGET_IS_ASCII) || differs(Difference.PATH_IS_ASCII)) {
            assertThat(response.status()).isEqualTo(400);
        } else {
            assertThat(response.body().lines().toList()).contains("PATH_INFO=" + path.pathInfo());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=%zz", "a=%2", "{\"[|]`^", "\u00c3\u00a9"})
    void rawQuery_reachesTheGuestAsSent(String query) throws Exception {
        boolean ascii = query.chars().allMatch(octet -> octet < 0x80);
        try (RawClient raw = raw()) {
            raw.send("GET " + path("/env?" + query) + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response response = raw.read();

            if (ascii
                    ? differs(Difference.TARGET_IS_A_URI) || differs(Difference.QUERY_IS_WELL_FORMED)
                    : differs(Difference.TARGET_IS_ASCII)) {
                assertThat(response.status()).isEqualTo(400);
            } else {
                assertThat(response.body()).contains("\nQUERY_STRING=" + query + "\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET %s HTTP/1.1\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "G@T %s HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void malformedRequest_is400(String request) throws Exception {
        try (RawClient raw = raw()) {
            RawClient.Response response =
                    raw.send(request.formatted(path("/env"))).read();

            if (request.contains("Bad Name") && differs(Difference.FIELD_NAME_WITH_SPACE)) {
                assertThat(response.body()).contains("QUERY_STRING=").doesNotContain("NAME=x");
            } else {
                assertThat(response.status()).isEqualTo(400);
            }
        }
    }

    @Test
    void connect_isNotServed() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");

            assertThat(raw.readHead().status()).isIn(400, 404, 501); // 404 where a context path is missing
        }
    }

    /** A body with another content coding is refused, so that no guest mistakes it for the content. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "x, chunked", "gzip,, deflate , Chunked", "identity, chunked"})
    void transferCoding_thatIsNotChunked_is501(String coding) throws Exception {
        RawClient.Response response = exchange("POST " + path("/env/body")
                + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: " + coding
                + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");

        assertThat(response.status()).isEqualTo(501);
        assertThat(response.body()).doesNotContain("length = ");
    }

    /** A body whose end cannot be determined (RFC 9112, section 6.3). */
    @Test
    void transferCoding_lastIsNotChunked_isRefused() throws Exception {
        RawClient.Response response = exchange("POST " + path("/env/body")
                + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n");

        assertThat(response.status()).isIn(400, 501);
        assertThat(response.body()).doesNotContain("length = ");
    }

    @Test
    void badChunk_is400() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env/body")
                    + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
            if (differs(Difference.CHUNK_SIZE_WITHOUT_DIGITS)) {
                raw.send("\r\n"); // of the trailer section
                assertThat(raw.read().body()).contains("length = 3\n");
            } else {
                assertThat(raw.read().status()).isEqualTo(400);
            }
        }
    }

    @Test
    void bodyThatEndsEarly_isNotTakenForWhole() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST " + path("/env/body") + " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
            raw.finishSending();

            assertThat(raw.readAll()).doesNotContain(" 200 ");
        }
    }

    @Test
    void clientThatLeaves_doesNotHarmTheServer() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient raw = raw()) {
                raw.send("GET " + path(i % 2 == 0 ? "/endless" : "/converse")
                        + " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n.");
                raw.readUntil("HTTP/1.1 200 ");
                raw.reset();
            }
        }

        assertThat(get("/hello").text()).isEqualTo("hello world\n");
    }

    /** Reads up to and including the empty line. */
    private static String head(String response) {
        return response.substring(0, response.indexOf("\r\n\r\n") + 4);
    }

    final RawClient.Response exchange(String request) throws Exception {
        try (RawClient raw = raw()) {
            return raw.send(request).read();
        }
    }
}
