// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import dev.wagi.core.internal.sandbox.GuestHttpException.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a request on its way through redirects, and how many there may be. */
class OutboundSessionTest {

    private static final String A = "https://a.example/";
    private static final String HEADERS =
            "Authorization:x\nCookie:y\nContent-Type:text/plain\ncontent-language:en\nX-Other:z\n";

    private final FakeClient client =
            new FakeClient().name("a.example", "8.8.8.8").name("b.example", "1.1.1.1");

    private GuestHttp session(int maxConcurrency, int maxRequests, long nanos) {
        AllowList allowed = AllowList.nothing()
                .with("https://a.example", false)
                .with("http://a.example", false)
                .with("https://a.example:8443", false)
                .with("https://b.example", false);
        return new Outbound(
                        "guest", allowed, maxConcurrency, maxRequests, 1 << 20, 1 << 20, client, new WagiListener() {})
                .session("id", Headers.none(), () -> nanos);
    }

    private static int open(GuestHttp http, String method) throws Exception {
        return http.open(A, method, HEADERS, 4, () -> "body".getBytes(StandardCharsets.US_ASCII));
    }

    private static String describe(OutboundHttpClient.Request request) {
        List<String> names = new ArrayList<>();
        request.headers().forEach(field -> names.add(field.name()));
        return request.method() + " " + String.join(",", names) + " " + request.body().length;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    301 | GET    | /b                      | GET Authorization,Cookie,Content-Type,content-language,X-Other 4
                    301 | POST   | /b                      | GET Authorization,Cookie,X-Other 0
                    301 | post   | /b                      | GET Authorization,Cookie,X-Other 0
                    301 | PUT    | /b                      | PUT Authorization,Cookie,Content-Type,content-language,X-Other 4
                    302 | POST   | /b                      | GET Authorization,Cookie,X-Other 0
                    302 | DELETE | /b                      | DELETE Authorization,Cookie,Content-Type,content-language,X-Other 4
                    303 | POST   | /b                      | GET Authorization,Cookie,X-Other 0
                    303 | PUT    | /b                      | GET Authorization,Cookie,X-Other 0
                    303 | HEAD   | /b                      | HEAD Authorization,Cookie,Content-Type,content-language,X-Other 4
                    307 | POST   | /b                      | POST Authorization,Cookie,Content-Type,content-language,X-Other 4
                    308 | POST   | /b                      | POST Authorization,Cookie,Content-Type,content-language,X-Other 4
                    307 | POST   | https://a.example:443/b | POST Authorization,Cookie,Content-Type,content-language,X-Other 4
                    307 | POST   | https://A.EXAMPLE/b     | POST Authorization,Cookie,Content-Type,content-language,X-Other 4
                    307 | POST   | https://b.example/b     | POST Content-Type,content-language,X-Other 4
                    307 | POST   | https://a.example:8443/ | POST Content-Type,content-language,X-Other 4
                    307 | POST   | http://a.example/       | POST Content-Type,content-language,X-Other 4
                    """)
    void open_redirect_changesMethodAndHeadersAsTheRfcSays(int status, String method, String location, String next)
            throws Exception {
        client.answer(A, status, "Location", location);
        try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
            open(http, method);
        }
        assertThat(client.sent).hasSize(2);
        assertThat(describe(client.sent.get(1))).isEqualTo(next);
    }

    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /** What the client of the guest has sent, what the guest sets, what a listener returns, and what is sent. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    -                                   | -               | -            | -
                    traceparent:%1$s                    | -               | -            | traceparent:%1$s
                    traceparent:%1$s,tracestate:a=b     | -               | -            | traceparent:%1$s,tracestate:a=b
                    traceparent:%1$s,tracestate:a=b,tracestate:c=d | -    | -            | traceparent:%1$s,tracestate:a=b;c=d
                    traceparent:%1$s,tracestate:%2$s    | -               | -            | traceparent:%1$s
                    traceparent:%1$s                    | traceparent:own | -            | traceparent:own
                    traceparent:%1$s                    | traceparent:own | traceparent:span | traceparent:own
                    traceparent:%1$s,tracestate:a=b     | -               | traceparent:span | traceparent:span
                    traceparent:%1$s                    | b3:own          | b3:span      | b3:own
                    traceparent:%1$s                    | -               | b3:span      | b3:span
                    tracestate:a=b                      | -               | -            | -
                    traceparent:%1$s,traceparent:%1$s   | -               | -            | -
                    traceparent:01%1$s                  | -               | -            | -
                    traceparent:%1$s-more               | -               | -            | -
                    traceparent:ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 | - | - | -
                    traceparent:00-00000000000000000000000000000000-b7ad6b7169203331-01 | - | - | -
                    traceparent:00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01 | - | - | -
                    traceparent:00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01 | - | - | -
                    """)
    void open_trace_goesOnUnlessTheGuestSetsItsOwn(String arrived, String own, String listened, String sent)
            throws Exception {
        WagiListener listener = new WagiListener() {
            @Override
            public Headers outboundHeaders(OutboundStarted event) {
                return fields(listened);
            }
        };
        AllowList allowed = AllowList.nothing().with("https://a.example", false);
        try (GuestHttp http = new Outbound("guest", allowed, 4, 4, 1 << 20, 1 << 20, client, listener)
                .session("id", fields(arrived), () -> Long.MAX_VALUE)) {
            http.open(A, "GET", own == null ? "" : own + "\n", 0, () -> new byte[0]);
        }
        List<String> fields = new ArrayList<>();
        client.sent.get(0).headers().forEach(field -> fields.add(field.name() + ":" + field.value()));
        assertThat(String.join(",", fields).replace("a=b,c=d", "a=b;c=d"))
                .isEqualTo(sent == null ? "" : sent.formatted(TRACE));
    }

    private static Headers fields(@Nullable String text) {
        Headers.Builder fields = Headers.builder();
        if (text != null) {
            for (String field : text.formatted(TRACE, "x".repeat(513)).split(",")) {
                fields.add(field.substring(0, field.indexOf(':')), field.substring(field.indexOf(':') + 1));
            }
        }
        return fields.build();
    }

    @Test
    void outboundCall_saysWhatBecameOfIt() throws Exception {
        List<String> calls = new ArrayList<>();
        WagiListener listener = new WagiListener() {
            @Override
            public void outboundCall(OutboundCall event) {
                calls.add(event.host() + " " + event.verdict() + " " + event.status() + " " + event.requestId());
            }
        };
        client.name("private.example", "10.0.0.1");
        AllowList allowed = AllowList.nothing()
                .with("https://a.example", false)
                .with("https://private.example", false)
                .with("https://unknown.example", false);
        try (GuestHttp http = new Outbound("guest", allowed, 4, 4, 1 << 20, 1 << 20, client, listener)
                .session("id", Headers.none(), () -> Long.MAX_VALUE)) {
            open(http, "GET");
            for (String host : List.of("private", "unknown", "other")) {
                assertThatThrownBy(() -> http.open("https://" + host + ".example/", "GET", "", 0, () -> new byte[0]))
                        .isInstanceOf(GuestHttpException.class);
            }
        }
        assertThat(calls)
                .containsExactly(
                        "a.example ANSWERED 200 id",
                        "private.example REFUSED 0 id",
                        "unknown.example FAILED 0 id",
                        "other.example REFUSED 0 id");
    }

    @Test
    void open_redirectThereAndBack_doesNotBringCredentialsBack() throws Exception {
        client.answer(A, 307, "Location", "https://b.example/")
                .answer("https://b.example/", 307, "Location", A + "again");
        try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
            open(http, "GET");
        }
        assertThat(describe(client.sent.get(2))).isEqualTo("GET Content-Type,content-language,X-Other 4");
    }

    @ParameterizedTest
    @CsvSource({"300", "304", "305", "306", "399"})
    void open_otherStatus_isNoRedirect(int status) throws Exception {
        client.answer(A, status, "Location", "/b");
        try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
            assertThat(http.status(open(http, "GET"))).isEqualTo(status);
        }
    }

    @Test
    void open_redirectWithoutLocation_isTheResponse() throws Exception {
        client.answer(A, 302, "X-Other", "y");
        try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
            assertThat(http.status(open(http, "GET"))).isEqualTo(302);
        }
    }

    @Test
    void open_twoLocations_isRefused() {
        client.answer(A, 302, "Location", "/b", "Location", "/c");
        assertCode(session(4, 32, Long.MAX_VALUE), Code.REQUEST_ERROR);
    }

    @Test
    void open_redirects_countAsRequests() throws Exception {
        client.answer(A, 302, "Location", "/b");
        try (GuestHttp http = session(4, 3, Long.MAX_VALUE)) {
            open(http, "GET");
            assertCode(http, Code.TOO_MANY_SESSIONS);
        }
        assertThat(client.sent).hasSize(3);
    }

    @Test
    void open_noTimeLeft_sendsNothing() {
        assertCode(session(4, 32, 0), Code.REQUEST_ERROR);
        assertThat(client.sent).isEmpty();
    }

    @Test
    void close_session_closesEverythingAndAllowsNoMore() throws Exception {
        GuestHttp http = session(4, 32, Long.MAX_VALUE);
        open(http, "GET");
        http.close();

        assertThat(client.responses).allMatch(response -> response.closed);
        assertCode(http, Code.TOO_MANY_SESSIONS);
    }

    @Test
    void open_neverClosed_endsAtSomeNumberOfHandles() throws Exception {
        try (GuestHttp http = session(256, 10_000, Long.MAX_VALUE)) {
            for (int i = 0; i < 256; i++) {
                int handle = open(http, "GET");
                while (http.body(handle).read(new byte[10], 0, 10) >= 0) {
                    // to the end: it is not open any more
                }
            }
            assertCode(http, Code.TOO_MANY_SESSIONS);
        }
    }

    @Test
    void heldBytes_openEndedClosed_areCounted() throws Exception {
        try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
            int one = open(http, "GET");
            int two = open(http, "GET");
            assertThat(http.heldBytes()).isEqualTo(2 * GuestHttp.RESPONSE_BYTES);
            while (http.body(one).read(new byte[10], 0, 10) >= 0) {
                // to the end
            }
            assertThat(http.heldBytes())
                    .as("its head is still there")
                    .isBetween(GuestHttp.RESPONSE_BYTES + 1, 2 * GuestHttp.RESPONSE_BYTES - 1);
            http.close(one);
            assertThat(http.heldBytes()).isEqualTo(GuestHttp.RESPONSE_BYTES);
            http.close(two);
            assertThat(http.heldBytes()).isZero();
        }
    }

    /** Slow ones, as the JVM's resolver is: nothing interrupts them. */
    @Test
    void open_manyLookupsOfAModuleAreStuck_othersLookUpNames() throws Exception {
        CountDownLatch running = new CountDownLatch(Lookup.MAX_RUNNING);
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger lookups = new AtomicInteger();
        OutboundHttpClient slow = new OutboundHttpClient() {
            @Override
            public List<InetAddress> resolve(String host) {
                lookups.incrementAndGet();
                running.countDown();
                boolean released = false;
                while (!released) {
                    try {
                        stuck.await();
                        released = true;
                    } catch (InterruptedException e) {
                        // As the JVM's resolver: deaf.
                    }
                }
                return List.of(FakeClient.address("8.8.8.8"));
            }

            @Override
            public Response send(Request request) throws IOException {
                throw new IOException("unexpected");
            }
        };
        AllowList allowed = AllowList.nothing().with("https://a.example", false);
        Outbound module = new Outbound("slow", allowed, 4, 32, 1 << 20, 1 << 20, slow, new WagiListener() {});
        List<Thread> guests = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Thread guest = new Thread(
                    () -> assertCode(module.session("id", Headers.none(), () -> Long.MAX_VALUE), Code.REQUEST_ERROR));
            guest.setDaemon(true);
            guest.start();
            guests.add(guest);
        }
        try {
            running.await();

            try (GuestHttp http = session(4, 32, Long.MAX_VALUE)) {
                assertThat(http.status(open(http, "GET"))).isEqualTo(200);
            }
            assertCode(module.session("id", Headers.none(), () -> 1), Code.REQUEST_ERROR);
            assertThat(lookups).as("the others wait").hasValue(Lookup.MAX_RUNNING);
        } finally {
            stuck.countDown();
        }
        for (Thread guest : guests) {
            guest.join();
        }
        assertThat(lookups).as("then they run").hasValue(40);
    }

    private static void assertCode(GuestHttp http, Code code) {
        assertThatThrownBy(() -> open(http, "GET"))
                .isInstanceOfSatisfying(
                        GuestHttpException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
