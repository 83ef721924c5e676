// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees, whatever stands between it and {@link Wagi}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TransportContract {

    private static final Wagi WAGI = Guests.host();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    private URI base = URI.create("http://unknown");

    /** Starts the transport; answers where the routes begin, without a slash at the end. */
    abstract URI start(Wagi wagi) throws Exception;

    abstract void stop() throws Exception;

    @BeforeAll
    void startTransport() throws Exception {
        base = start(WAGI);
    }

    @AfterAll
    void stopTransport() throws Exception {
        stop();
    }

    @Test
    void hello_get_greets() throws Exception {
        HttpResponse<String> response = get("/hello");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello world\n");
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringWhitespace("text/plain; charset=utf-8");
        assertThat(response.headers().firstValue("Content-Length")).contains("12");
        assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(response.headers().firstValue("Date")).isPresent();
        assertThat(response.headers().firstValue("Server")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hello/", "/hello/a/b", "/hello?x=1", "/hello/a%20b"})
    void hello_anyPathBelow_greets(String path) throws Exception {
        assertThat(get(path).body()).isEqualTo("hello world\n");
    }

    @Test
    void index_get_isTheTextModulesPage() throws Exception {
        assertThat(get("/").body()).contains("<h1>Welcome to WAGI on the JVM</h1>");
    }

    @Test
    void error_get_is404WithTheModulesBody() throws Exception {
        HttpResponse<String> response = get("/error");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).isEqualTo("This page was not found, says the module itself.\n");
    }

    @Test
    void health_get_isOk() throws Exception {
        assertThat(get("/healthz").body()).isEqualTo("OK");
    }

    @Test
    void unknownPath_get_is404WithFixedPhrase() throws Exception {
        HttpResponse<String> response = get("/nope");

        assertThat(response.statusCode()).isEqualTo(404);
        assertFixedPhrase(response, "Not Found");
    }

    @Test
    void restrictedRoute_otherMethod_is405WithAllow() throws Exception {
        HttpResponse<String> response = send("POST", "/get", "x".getBytes(StandardCharsets.US_ASCII));

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow").orElseThrow()).contains("GET");
    }

    @Test
    void environment_get_isWhatTheClientSent() throws Exception {
        HttpRequest request = request("/env/a%20b/c?x=1&y=%20")
                .header("X-Two", "1")
                .header("X-Two", "2")
                .header("Accept", "Text/Plain")
                .build();

        List<String> lines =
                client.send(request, BodyHandlers.ofString()).body().lines().toList();

        assertThat(lines)
                .contains(
                        "SCRIPT_NAME=" + base.getPath() + "/env",
                        "PATH_INFO=/a b/c",
                        "X_RAW_PATH_INFO=/a%20b/c",
                        "QUERY_STRING=x=1&y=%20",
                        "REQUEST_METHOD=GET",
                        "REQUEST_URI=" + base.getPath() + "/env/a%20b/c?x=1&y=%20",
                        "SERVER_PROTOCOL=HTTP/1.1",
                        "SERVER_NAME=127.0.0.1",
                        "SERVER_PORT=" + base.getPort(),
                        "REMOTE_ADDR=127.0.0.1",
                        "REQUEST_SCHEME=http",
                        "CONTENT_LENGTH=0",
                        "CONTENT_TYPE=",
                        "AUTH_TYPE=",
                        "REMOTE_USER=",
                        "HTTP_ACCEPT=Text/Plain",
                        "HTTP_X_TWO=1, 2");
        assertThat(lines).contains("0 = " + base.getPath() + "/env/a%20b/c", "1 = x=1", "2 = y=%20");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "x-odd.method"})
    void anyMethod_reachesTheGuestAsSent(String method) throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send(method + " " + path("/env/m") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).contains("\nREQUEST_METHOD=" + method + "\n");
        }
    }

    @Test
    void echo_all256ByteValues_comeBack() throws Exception {
        byte[] body = new byte[1024];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }

        HttpResponse<byte[]> response = client.send(
                request("/env/echo").POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofByteArray());

        assertThat(response.body()).isEqualTo(body);
    }

    @Test
    void echo_headerOctets_comeBack() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path("/env") + " HTTP/1.1\r\nHost: h\r\nX-Octets: \u00c3\u00a9\u00ff\tx\r\n\r\n");

            assertThat(raw.read().body()).contains("HTTP_X_OCTETS=\u00c3\u00a9\\xff\\tx\n");
        }
    }

    @Test
    void echo_chunkedUpload_comesBackAndHasNoContentLength() throws Exception {
        byte[] body = "some bytes".getBytes(StandardCharsets.US_ASCII);
        HttpRequest.BodyPublisher chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));

        HttpResponse<String> echo =
                client.send(request("/env/echo").POST(chunked).build(), BodyHandlers.ofString());
        HttpResponse<String> shown = client.send(request("/env").POST(chunked).build(), BodyHandlers.ofString());

        assertThat(echo.body()).isEqualTo("some bytes");
        assertThat(shown.body()).doesNotContain("CONTENT_LENGTH").contains("length = 10\n");
    }

    @Test
    void echo_20Megabytes_areStreamed() throws Exception {
        byte[] octets = new byte[20 << 20];
        new Random(1).nextBytes(octets);
        String body = new String(octets, StandardCharsets.ISO_8859_1);
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/env/echo") + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length()
                    + "\r\n\r\n");
            // Neither side holds 20 MB back: who does not read while it sends, waits for ever.
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    raw.send(body);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            boolean same = raw.read().body().equals(body);
            sent.join();

            assertThat(same).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hello", "/nope", "/trap"})
    void largeUpload_nobodyReadsIt_isStillAnswered(String path) throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> response = send("POST", path, new byte[4 << 20]);

            assertThat(response.statusCode()).isEqualTo(get(path).statusCode());
        }
    }

    @Test
    void conversation_guestPrintsBeforeItReads_clientSeesItBeforeItSends() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/converse") + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(raw.readUntil("first\n")).startsWith("HTTP/1.1 200 ");

            raw.send("7\r\nsecond\n\r\n");
            raw.readUntil("second\n");

            raw.send("6\r\nthird\n\r\n0\r\n\r\n");
            assertThat(raw.readUntil("0\r\n\r\n")).contains("third\n");
        }
    }

    @Test
    void head_small_hasTheHeadersOfGetAndNoBody() throws Exception {
        try (RawClient raw = new RawClient(base)) {
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

    @Test
    void head_large_claimsNoLengthThatGetHasNot() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("HEAD " + path("/large") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response head = raw.readHead();
            raw.send("GET " + path("/large") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response get = raw.read();

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.all("Content-Length"))
                    .isEqualTo(get.all("Content-Length"))
                    .isEmpty();
            assertThat(get.body()).hasSize(80 << 10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no_content", "/not_modified"})
    void bodilessStatus_hasNoFramingAndKeepsTheConnection(String path) throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response response = raw.read();
            raw.send("GET " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(response.status()).isIn(204, 304);
            assertThat(response.all("Transfer-Encoding")).isEmpty();
            assertThat(response.all("Content-Length")).isEmpty();
            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void setCookie_twice_staysTwoFields() throws Exception {
        assertThat(get("/cookies").headers().allValues("Set-Cookie")).containsExactly("a=1", "b=2; Path=/");
    }

    @Test
    void date_ofTheGuest_replacesTheServers() throws Exception {
        HttpResponse<String> response = get("/own_date");

        assertThat(response.headers().allValues("Date")).containsExactly("Thu, 01 Jan 1970 00:00:00 GMT");
        assertThat(response.headers().allValues("Server")).containsExactly("guest");
    }

    @Test
    void longHeader_ofTheGuest_arrives() throws Exception {
        HttpResponse<String> response = get("/long_header");

        assertThat(response.headers().firstValue("X-Long").orElseThrow()).hasSize(60 << 10);
        assertThat(response.body()).isEqualTo("long\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/trap", "/garbage", "/exit", "/nothing"})
    void badGuest_get_is502WithFixedPhraseAndTheServerLivesOn(String path) throws Exception {
        HttpResponse<String> response = get(path);

        assertThat(response.statusCode()).isEqualTo(502);
        assertFixedPhrase(response, "Bad Gateway");
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @Test
    void badGuest_head_is502WithoutBody() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("HEAD " + path("/trap") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(raw.readHead().status()).isEqualTo(502);
            raw.send("GET " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void brokenBody_get_clientSeesThatItIsNotWhole() throws Exception {
        assertThatThrownBy(() -> get("/broken")).isInstanceOf(IOException.class);

        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path("/broken") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            String all = raw.readAll();

            assertThat(all).startsWith("HTTP/1.1 200 ").contains("first\n").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void pipelining_twoRequestsAtOnce_areAnsweredInOrder() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/env/echo") + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + "GET "
                    + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("abc");
            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void expectContinue_guestThatReads_isAsked() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/env/echo")
                    + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            raw.readUntil("HTTP/1.1 100 Continue\r\n\r\n");
            raw.send("abc");

            assertThat(raw.read().body()).isEqualTo("abc");
        }
    }

    @Test
    void expectContinue_guestThatDoesNotRead_answersAtOnce() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/hello")
                    + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");

            assertThat(raw.readUntil("hello world\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void http10_withoutHost_isAnsweredAndClosed() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path("/env") + " HTTP/1.0\r\n\r\n");

            assertThat(raw.readAll())
                    .contains(" 200 ", "SERVER_PROTOCOL=HTTP/1.0\n", "SERVER_NAME=127.0.0.1\n", "CONTENT_LENGTH=0\n");
        }
    }

    /** A raw path below /env and what the guest is to see of it; null for 400. */
    record PathCase(String name, String raw, String pathInfo) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<PathCase> paths() {
        return Stream.of(
                new PathCase("nothing", "", ""),
                new PathCase("slash", "/", "/"),
                new PathCase("space", "/a%20b", "/a b"),
                new PathCase("UTF-8", "/%C3%A9", "/\u00c3\u00a9"),
                new PathCase("raw UTF-8", "/\u00c3\u00a9", "/\u00c3\u00a9"),
                new PathCase("plus", "/a+b", "/a+b"),
                new PathCase("encoded percent", "/%2541", "/%41"),
                new PathCase("encoded slash", "/a%2Fb", "/a/b"),
                new PathCase("encoded semicolon", "/a%3Bb", "/a;b"),
                new PathCase("parameter", "/a;p=1/b", "/a;p=1/b"),
                new PathCase("two slashes", "/a//b", "/a//b"),
                new PathCase("single dot", "/./a/.", "/a/"),
                new PathCase("two dots", "/a/../b", "/b"),
                new PathCase("dots that climb to the route", "/../env/b", "/b"),
                new PathCase("bad escape", "/%zz", null),
                new PathCase("cut escape", "/a%2", null),
                new PathCase("encoded NUL", "/a%00b", null),
                new PathCase("not UTF-8", "/%FF", null));
    }

    @ParameterizedTest
    @MethodSource
    void paths(PathCase path) throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path("/env" + path.raw) + " HTTP/1.1\r\nHost: h\r\n\r\n");
            RawClient.Response response = raw.read();

            if (path.pathInfo == null) {
                assertThat(response.status()).isEqualTo(400);
            } else {
                assertThat(response.body().lines().toList()).contains("PATH_INFO=" + path.pathInfo);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a=%zz", "a=%2", "%00", "a=b=c&&d", "a;b", "?", "a=%FF", "../..", "\u00c3\u00a9", "{\"[|]`^"})
    void query_anything_reachesTheGuestAsSent(String query) throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("GET " + path("/env?" + query) + " HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).contains("\nQUERY_STRING=" + query + "\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET %s HTTP/1.1\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "G@T %s HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void malformedRequest_is400(String request) throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send(request.formatted(path("/env")));

            assertThat(raw.read().status()).isEqualTo(400);
        }
    }

    @Test
    void connect_isNotServed() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");

            assertThat(raw.read().status()).isIn(400, 404); // 404 where a context path is missing
        }
    }

    @Test
    void badChunk_is400() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/env/body")
                    + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");

            assertThat(raw.read().status()).isEqualTo(400);
        }
    }

    @Test
    void bodyThatEndsEarly_isNotTakenForWhole() throws Exception {
        try (RawClient raw = new RawClient(base)) {
            raw.send("POST " + path("/env/body") + " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
            raw.finishSending();

            assertThat(raw.readAll()).doesNotContain(" 200 ");
        }
    }

    @Test
    void clientThatLeaves_doesNotHarmTheServer() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient raw = new RawClient(base)) {
                raw.send("GET " + path(i % 2 == 0 ? "/endless" : "/converse")
                        + " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
                raw.readUntil("HTTP/1.1 200 ");
                raw.reset();
            }
        }

        assertThat(get("/hello").body()).isEqualTo("hello world\n");
    }

    @Test
    void hammer_64ClientsMixedRoutes_everyByteIsRight() throws Exception {
        int clients = 64;
        long until = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        ExecutorService pool = Executors.newFixedThreadPool(clients);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Integer>> results = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                int id = i;
                Callable<Integer> task = () -> {
                    go.await();
                    return hammer(id, until);
                };
                results.add(pool.submit(task));
            }
            go.countDown();

            int total = 0;
            for (Future<Integer> result : results) {
                total += result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(total).isGreaterThan(clients);
        } finally {
            pool.shutdownNow();
        }
    }

    private int hammer(int id, long until) throws IOException {
        int count = 0;
        try (RawClient raw = new RawClient(base)) {
            while (System.nanoTime() < until) {
                String body = "client " + id + " request " + count;
                raw.send("POST " + path("/env/echo") + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body);
                assertThat(raw.read().body()).isEqualTo(body);
                raw.send("GET " + path("/hello") + " HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(raw.read().body()).isEqualTo("hello world\n");
                raw.send("GET " + path("/error") + " HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(raw.read().status()).isEqualTo(404);
                raw.send("GET " + path("/large") + " HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(raw.read().body()).isEqualTo("b".repeat(80 << 10));
                raw.send("GET " + path("/trap") + " HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(raw.read().status()).isEqualTo(502);
                count += 5;
            }
        }
        return count;
    }

    final HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    final String path(String path) {
        return base.getPath() + path;
    }

    final RawClient raw() throws IOException {
        return new RawClient(base);
    }

    private HttpResponse<String> send(String method, String path, byte[] body) throws Exception {
        return client.send(
                request(path).method(method, BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
    }

    private static void assertFixedPhrase(HttpResponse<String> response, String phrase) {
        String id = response.headers().firstValue("X-Request-Id").orElseThrow();
        assertThat(response.body()).isEqualTo(phrase + "\nrequest id: " + id + "\n");
    }
}
