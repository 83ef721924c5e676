// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.wagi.core.Wagi;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The behaviour that a client observes, regardless of the transport in front of {@link Wagi}: the same for all of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TransportContract {

    static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Shared by the transports of this JVM that do not make a host of their own. */
    private static final class SharedHost {
        static final Wagi WAGI = Guests.host();
    }

    private URI base = URI.create("http://unknown");

    /**
     * Starts the transport in front of {@link #host()}, or of a host of its own with the same guests; returns the base
     * of the routes, without a trailing slash.
     */
    abstract URI start() throws Exception;

    static Wagi host() {
        return SharedHost.WAGI;
    }

    abstract void stop() throws Exception;

    /** Returns what it runs in, unless that is ours. */
    Set<Difference.Place> places() {
        return Set.of();
    }

    final boolean differs(Difference difference) {
        return difference.isIn(places());
    }

    /** Returns the SERVER_PROTOCOL that its guests receive. */
    abstract String protocol();

    abstract Answer exchange(Ask ask) throws Exception;

    /** Sends a body and reads the response at the same time; neither side is delayed by the other. */
    byte[] echo(byte[] body) throws Exception {
        return exchange(Ask.post("/env/echo", body)).body();
    }

    @BeforeAll
    void startTransport() throws Exception {
        base = start();
    }

    @AfterAll
    void stopTransport() throws Exception {
        stop();
    }

    /** A guest that polls before each read runs when data is available, or when it is not known whether it is. */
    @Test
    void body_polledFor_isReadyAsSoonAsItIsThere() throws Exception {
        assertThat(exchange(Ask.post("/polls", "some bytes")).text()).isEqualTo("first\nsome bytes");
        assertThat(exchange(Ask.post("/polls", "some bytes").unannounced()).text())
                .isEqualTo("first\nsome bytes");
        String large = "bytes ".repeat(100_000);
        assertThat(exchange(Ask.post("/polls", large)).text()).isEqualTo("first\n" + large);
        assertThat(exchange(Ask.post("/polls", "")).text()).isEqualTo("first\n");
    }

    @Test
    void hello_get_greets() throws Exception {
        Answer answer = get("/hello");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("hello world\n");
        assertThat(answer.field("Content-Type")).isEqualToIgnoringWhitespace("text/plain; charset=utf-8");
        assertThat(answer.field("Content-Length")).isEqualTo("12");
        assertThat(answer.field("X-Request-Id")).isNotEmpty();
        assertThat(answer.field("Server")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hello/", "/hello/a/b", "/hello?x=1", "/hello/a%20b"})
    void hello_anyPathBelow_greets(String path) throws Exception {
        assertThat(get(path).text()).isEqualTo("hello world\n");
    }

    @Test
    void file_get_isWhole() throws Exception {
        Answer answer = get("/files/large.txt");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo(Guests.largeFile());
        assertThat(answer.whole()).isTrue();
        assertThat(answer.field("Content-Length")).isEqualTo("3000000");
        assertThat(answer.field("Content-Type")).isEqualToIgnoringWhitespace("text/plain; charset=utf-8");
        assertThat(answer.field("Last-Modified")).isEqualTo("Thu, 01 Jan 1970 00:00:00 GMT");
        assertThat(answer.field("X-Request-Id")).isNotEmpty();
    }

    @Test
    void file_rangeOfIt_isThePart() throws Exception {
        Answer answer = exchange(Ask.get("/files/large.txt").field("Range", "bytes=2500000-2500009"));

        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.text()).isEqualTo("0002500000");
        assertThat(answer.field("Content-Range")).isEqualTo("bytes 2500000-2500009/3000000");
    }

    @Test
    void file_thatTheClientHas_is304() throws Exception {
        String tag = get("/files/large.txt").field("ETag");

        Answer answer = exchange(Ask.get("/files/large.txt").field("If-None-Match", tag));

        assertThat(answer.status()).isEqualTo(304);
        assertThat(answer.field("ETag")).isEqualTo(tag);
        assertThat(answer.body()).isEmpty();
        assertThat(get("/hello").status()).isEqualTo(200);
    }

    @Test
    void file_head_hasTheLengthOnly() throws Exception {
        Answer answer = exchange(Ask.get("/files/large.txt").method("HEAD"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("Content-Length")).isEqualTo("3000000");
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void directory_get_isItsIndex() throws Exception {
        assertThat(get("/files/docs/").text()).isEqualTo("docs");
        Answer moved = get("/files/docs");
        assertThat(moved.status()).isEqualTo(301);
        assertThat(moved.field("Location")).isEqualTo("./docs/");
        assertThat(get("/files/docs/nope").status()).isEqualTo(404);
        assertThat(exchange(Ask.post("/files/docs/", "x")).status()).isEqualTo(405);
    }

    @Test
    void index_get_isTheTextModulesPage() throws Exception {
        assertThat(get("/").text()).contains("<h1>Welcome to WAGI on the JVM</h1>");
    }

    @Test
    void error_get_is404WithTheModulesBody() throws Exception {
        Answer answer = get("/error");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).isEqualTo("This page was not found, says the module itself.\n");
    }

    @Test
    void health_get_isOk() throws Exception {
        assertThat(get("/healthz").text()).isEqualTo("OK");
    }

    @Test
    void unknownPath_get_is404WithFixedPhrase() throws Exception {
        Answer answer = get("/nope");

        assertThat(answer.status()).isEqualTo(404);
        if (!differs(Difference.UNKNOWN_PATH_IS_THE_CONTAINERS)) {
            assertFixedPhrase(answer, "Not Found");
        }
    }

    @Test
    void restrictedRoute_otherMethod_is405WithAllow() throws Exception {
        Answer answer = exchange(Ask.post("/get", "x"));

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.field("Allow")).contains("GET");
    }

    @Test
    void environment_get_isWhatTheClientSent() throws Exception {
        Ask ask = Ask.get("/env/a%20b/c?x=1&y=%20")
                .field("X-Two", "1")
                .field("X-Two", "2")
                .field("Accept", "Text/Plain");

        List<String> lines = exchange(ask).lines();

        assertThat(lines)
                .contains(
                        "SCRIPT_NAME=" + base.getPath() + "/env",
                        "PATH_INFO=/a b/c",
                        "X_RAW_PATH_INFO=/a%20b/c",
                        "QUERY_STRING=x=1&y=%20",
                        "REQUEST_METHOD=GET",
                        "REQUEST_URI=" + base.getPath() + "/env/a%20b/c?x=1&y=%20",
                        "X_FULL_URL=" + base + "/env/a%20b/c?x=1&y=%20",
                        "SERVER_PROTOCOL=" + protocol(),
                        "SERVER_NAME=127.0.0.1",
                        "SERVER_PORT=" + base.getPort(),
                        "REMOTE_ADDR=127.0.0.1",
                        "REQUEST_SCHEME=" + base.getScheme(),
                        "CONTENT_LENGTH=0",
                        "CONTENT_TYPE=",
                        "AUTH_TYPE=",
                        "REMOTE_USER=",
                        "HTTP_HOST=127.0.0.1:" + base.getPort(),
                        "HTTP_ACCEPT=Text/Plain",
                        "HTTP_X_TWO=1, 2");
        assertThat(lines).contains("0 = " + base.getPath() + "/env/a%20b/c", "1 = x=1", "2 = y=%20");
        assertThat(lines.contains("HTTPS=on")).isEqualTo(base.getScheme().equals("https"));
        assertThat(lines).noneMatch(line -> line.startsWith("HTTP_:"));
    }

    @Test
    void environment_post_hasTypeAndLength() throws Exception {
        Ask ask = Ask.post("/env", "12345").field("Content-Type", "TEXT/x; Y=\"1\"");

        assertThat(exchange(ask).lines()).contains("CONTENT_TYPE=TEXT/x; Y=\"1\"", "CONTENT_LENGTH=5", "length = 5");
    }

    @Test
    void cookies_inTwoFields_areJoinedAsCookiesAre() throws Exception {
        assertThat(exchange(Ask.get("/env").field("Cookie", "a=1").field("Cookie", "b=2"))
                        .lines())
                .contains("HTTP_COOKIE=a=1; b=2");
    }

    @Test
    void hostileFields_areWithheld() throws Exception {
        Ask ask = Ask.get("/env")
                .field("Proxy", "evil")
                .field("Authorization", "Basic eDp5")
                .field("Proxy-Authorization", "Basic eDp5")
                .field("X_Y", "shadow");

        assertThat(exchange(ask).text())
                .doesNotContain("HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_X_Y", "evil", "eDp5", "shadow");
    }

    @Test
    void fields_moreThanTheModuleTakes_are431() throws Exception {
        Ask few = Ask.get("/env");
        Ask many = Ask.get("/env");
        for (int i = 0; i < 300; i++) {
            few = i < 80 ? few.field("X-" + i, "v") : few;
            many = many.field("X-" + i, "v");
        }

        Answer refused = exchange(many);

        if (differs(Difference.FIELDS_ARE_FEW)) {
            assertThat(refused.status()).isEqualTo(400);
        } else {
            assertThat(refused.status()).isEqualTo(431);
            assertFixedPhrase(refused, "Request Header Fields Too Large");
        }
        assertThat(exchange(few).lines()).contains("HTTP_X_79=v");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "x-odd.method"})
    void anyMethod_reachesTheGuestAsSent(String method) throws Exception {
        Answer answer = exchange(Ask.get("/env/m").method(method));

        if (method.equals("TRACE") && differs(Difference.TRACE_IS_REFUSED)) {
            assertThat(answer.status()).isEqualTo(405);
        } else if (method.equals("TRACE") && differs(Difference.TRACE_IS_FORBIDDEN)) {
            assertThat(answer.status()).isEqualTo(403);
        } else {
            assertThat(answer.lines()).contains("REQUEST_METHOD=" + method);
        }
    }

    @Test
    void echo_all256ByteValues_comeBack() throws Exception {
        byte[] body = new byte[1024];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }

        assertThat(exchange(Ask.post("/env/echo", body)).body()).isEqualTo(body);
    }

    @Test
    void echo_lengthUnknown_comesBackAndHasItsContentLength() throws Exception {
        Answer echo = exchange(Ask.post("/env/echo", "some bytes").unannounced());
        Answer shown = exchange(Ask.post("/env", "some bytes").unannounced());

        assertThat(echo.text()).isEqualTo("some bytes");
        assertThat(shown.text()).contains("CONTENT_LENGTH=10\n", "length = 10\n");
    }

    /** A body in memory, at the limit, and in a file; on one connection, so that reading too far would be detected. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65535, 65536, 65537, 3 << 20})
    void echo_lengthUnknownAnySize_comesBack(int size) throws Exception {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);

        assertThat(exchange(Ask.post("/env/echo", body).unannounced()).body()).isEqualTo(body);
        assertThat(exchange(Ask.post("/env", body).unannounced()).lines())
                .contains("CONTENT_LENGTH=" + size, "length = " + size);
    }

    @Test
    void streamedBody_lengthUnknown_hasNoContentLength() throws Exception {
        Answer shown = exchange(Ask.post("/stream", "some bytes").unannounced());

        assertThat(shown.text()).doesNotContain("CONTENT_LENGTH").contains("length = 10\n");
    }

    @Test
    void echo_20Megabytes_areStreamed() throws Exception {
        byte[] body = new byte[20 << 20];
        new Random(1).nextBytes(body);

        assertThat(echo(body)).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hello", "/nope", "/trap"})
    void largeUpload_nobodyReadsIt_isStillAnswered(String path) throws Exception {
        assumeFalse(path.equals("/nope") && differs(Difference.UNKNOWN_PATH_IS_THE_CONTAINERS));
        for (int i = 0; i < 5; i++) {
            Answer answer = exchange(Ask.post(path, new byte[4 << 20]));

            assertThat(answer.status()).isEqualTo(get(path).status());
        }
    }

    @Test
    void head_small_hasTheHeadersOfGetAndNoBody() throws Exception {
        Answer head = exchange(Ask.get("/hello").method("HEAD"));
        Answer get = get("/hello");

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.field("Content-Length")).isEqualTo("12");
        assertThat(head.field("Content-Type")).isEqualTo(get.field("Content-Type"));
        assertThat(head.body()).isEmpty();
    }

    @Test
    void head_large_claimsNoLengthThatGetHasNot() throws Exception {
        Answer head = exchange(Ask.get("/large").method("HEAD"));
        Answer get = get("/large");

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.field("Content-Length"))
                .isEqualTo(get.field("Content-Length"))
                .isEmpty();
        assertThat(head.body()).isEmpty();
        assertThat(get.body()).hasSize(80 << 10);
    }

    /** RFC 9110, section 8.6: the length is not 0 only because a guest printed no body for a HEAD. */
    @ParameterizedTest
    @CsvSource({"/declared, 1234", "/undeclared, ''"})
    void head_guestPrintsNoBody_lengthIsTheDeclaredOneOrNone(String path, String length) throws Exception {
        Answer head = exchange(Ask.get(path).method("HEAD"));

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.field("Content-Length")).isEqualTo(length);
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void resetContent_hasNoBody(String method) throws Exception {
        Answer answer = exchange(Ask.get("/reset_content").method(method));

        assertThat(answer.status()).isEqualTo(205);
        assertThat(answer.field("Content-Length")).isIn("0", "");
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no_content", "/not_modified"})
    void bodilessStatus_hasNoLength(String path) throws Exception {
        Answer answer = get(path);

        assertThat(answer.status()).isIn(204, 304);
        assertThat(answer.field("Content-Length")).isEmpty();
        assertThat(answer.body()).isEmpty();
        assertThat(answer.whole()).isTrue();
    }

    @Test
    void setCookie_twice_staysTwoFields() throws Exception {
        assertThat(get("/cookies").headers().allValues("Set-Cookie")).containsExactly("a=1", "b=2; Path=/");
    }

    @Test
    void date_ofTheGuest_replacesTheServers() throws Exception {
        Answer answer = get("/own_date");

        assertThat(answer.field("Date")).isEqualTo("Thu, 01 Jan 1970 00:00:00 GMT");
        assertThat(answer.field("Server")).isEqualTo("guest");
    }

    @Test
    void longHeader_ofTheGuest_arrives() throws Exception {
        Answer answer = get("/long_header");

        assertThat(answer.field("X-Long")).hasSize(60 << 10);
        assertThat(answer.text()).isEqualTo("long\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/trap", "/garbage", "/exit", "/nothing", "/huge_header"})
    void badGuest_get_is502WithFixedPhraseAndTheServerLivesOn(String path) throws Exception {
        Answer answer = get(path);

        assertThat(answer.status()).isEqualTo(502);
        assertFixedPhrase(answer, "Bad Gateway");
        assertThat(get("/hello").status()).isEqualTo(200);
    }

    @Test
    void badGuest_head_is502WithoutBody() throws Exception {
        Answer answer = exchange(Ask.get("/trap").method("HEAD"));

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void brokenBody_get_clientSeesThatItIsNotWhole() throws Exception {
        Answer answer = get("/broken");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.whole()).isFalse();
        assertThat(get("/hello").text()).isEqualTo("hello world\n");
    }

    /** A raw path below /env that any client can send, and the path that the guest must receive; null for 400. */
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
                new PathCase("plus", "/a+b", "/a+b"),
                new PathCase("encoded percent", "/%2541", "/%41"),
                new PathCase("encoded slash", "/a%2Fb", "/a/b"),
                new PathCase("double-encoded slash", "/a%252Fb", "/a%2Fb"),
                new PathCase("encoded semicolon", "/a%3Bb", "/a;b"),
                new PathCase("parameter", "/a;p=1/b", "/a;p=1/b"),
                new PathCase("two slashes", "/a//b", "/a//b"),
                new PathCase("single dot", "/./a/.", "/a/"),
                new PathCase("two dots", "/a/../b", "/b"),
                new PathCase("dots that climb to the route", "/../env/b", "/b"),
                new PathCase("encoded NUL", "/a%00b", null),
                new PathCase("not UTF-8", "/%FF", null));
    }

    @ParameterizedTest
    @MethodSource
    void paths(PathCase path) throws Exception {
        Answer answer = get("/env" + path.raw);

        if (path.pathInfo == null || isRefused(path.raw)) {
            assertThat(answer.status()).isEqualTo(400);
        } else {
            assertThat(answer.lines()).contains("PATH_INFO=" + pathInfo(path));
        }
    }

    private String pathInfo(PathCase path) {
        if (!differs(Difference.PATH_IS_REWRITTEN)) {
            return path.pathInfo;
        }
        return switch (path.raw) {
            case "/a//b" -> "/a/b";
            case "/./a/." -> "/a";
            default -> path.pathInfo;
        };
    }

    private boolean isRefused(String path) {
        return switch (path) {
            case "/a%2Fb" -> differs(Difference.PATH_HAS_NO_ENCODED_SLASH) || differs(Difference.PATH_IS_UNAMBIGUOUS);
            case "/%2541", "/a%252Fb", "/a//b" -> differs(Difference.PATH_IS_UNAMBIGUOUS);
            default -> false;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"%00", "a=b=c&&d", "a;b", "?", "a=%FF", "../..", "a=%2F&a=%26"})
    void query_anything_reachesTheGuestAsSent(String query) throws Exception {
        boolean lost = query.equals("?") && differs(Difference.QUERY_OF_MARKS);
        assertThat(get("/env?" + query).lines()).contains("QUERY_STRING=" + (lost ? "" : query));
    }

    @Test
    void hammer_16ClientsMixedRoutes_everyByteIsRight() throws Exception {
        int clients = 16;
        long until = System.nanoTime() + Duration.ofMillis(300).toNanos();
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

            for (Future<Integer> result : results) {
                assertThat(result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private int hammer(int id, long until) throws Exception {
        int count = 0;
        do {
            String body = "client " + id + " request " + count;
            assertThat(exchange(Ask.post("/env/echo", body)).text()).isEqualTo(body);
            assertThat(get("/hello").text()).isEqualTo("hello world\n");
            assertThat(get("/error").status()).isEqualTo(404);
            assertThat(get("/large").text()).isEqualTo("b".repeat(80 << 10));
            assertThat(get("/trap").status()).isEqualTo(502);
            count += 5;
        } while (System.nanoTime() < until);
        return count;
    }

    final Answer get(String path) throws Exception {
        return exchange(Ask.get(path));
    }

    final String path(String path) {
        return base.getPath() + path;
    }

    final URI base() {
        return base;
    }

    final RawClient raw() throws IOException {
        return new RawClient(base);
    }

    private static void assertFixedPhrase(Answer answer, String phrase) {
        assertThat(answer.text()).isEqualTo(phrase + "\nrequest id: " + answer.field("X-Request-Id") + "\n");
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
