// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.configuration.ModuleBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions of {@code wasi_experimental_http}, called by guests. */
class OutboundHttpTest {

    private static final String URL = "https://a.test/echo";

    @TempDir
    Path directory;

    /**
     * A guest.
     *
     * <p>At 1024 are the URL, at 12288 the method, at 12544 the headers, at 16384 the body. {@code $get} makes the
     * request and leaves status, handle and written at 16, 20 and 24; {@code $say} prints a number and a space,
     * {@code $show} the first {@code written} bytes of the buffer, which is 64 KiB at 65536.
     */
    static String guest(String url, String method, String headers, String then) {
        return """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "req"
                    (func $req (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "close" (func $close (param i32) (result i32)))
                  (import "wasi_experimental_http" "header_get"
                    (func $header (param i32 i32 i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "headers_get_all"
                    (func $headers (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "body_read"
                    (func $read (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 4)
                  (data (i32.const 1024) "%s")
                  (data (i32.const 12288) "%s")
                  (data (i32.const 12544) "%s")
                  (data (i32.const 16384) "the body")
                  (data (i32.const 100) "Content-Type: text/plain\\n\\n")
                  (data (i32.const 140) "\\n X-Twice")
                  (func $write (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func $digits (param $n i32)
                    (if (i32.ge_u (local.get $n) (i32.const 10))
                      (then (call $digits (i32.div_u (local.get $n) (i32.const 10)))))
                    (i32.store8 (i32.const 32)
                      (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
                    (call $write (i32.const 32) (i32.const 1)))
                  (func $say (param $n i32)
                    (call $digits (local.get $n))
                    (call $write (i32.const 141) (i32.const 1)))
                  (func $get (result i32)
                    (call $req (i32.const 1024) (i32.const %d) (i32.const 12288) (i32.const %d)
                      (i32.const 12544) (i32.const %d) (i32.const 16384) (i32.const 0)
                      (i32.const 16) (i32.const 20)))
                  (func $status (result i32) (i32.load16_u (i32.const 16)))
                  (func $handle (result i32) (i32.load (i32.const 20)))
                  (func $written (result i32) (i32.load (i32.const 24)))
                  (func $next (result i32)
                    (call $read (call $handle) (i32.const 65536) (i32.const 65536) (i32.const 24)))
                  (func $show (call $write (i32.const 65536) (call $written)))
                  (func (export "_start") (local $i i32)
                    (call $write (i32.const 100) (i32.const 26))
                    %s))
                """.formatted(
                        data(url), data(method), data(headers), length(url), length(method), length(headers), then);
    }

    /** Each {@code char} is an octet. */
    private static String data(String text) {
        StringBuilder data = new StringBuilder();
        for (byte octet : text.getBytes(StandardCharsets.ISO_8859_1)) {
            data.append(String.format("\\%02x", octet));
        }
        return data.toString();
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1).length;
    }

    /** A client that answers without a network. */
    private static class Canned implements OutboundHttpClient {
        final List<Request> sent = Collections.synchronizedList(new ArrayList<>());
        final List<Canned.Reply> replies = Collections.synchronizedList(new ArrayList<>());
        private final InputStream body;

        Canned() {
            this(null);
        }

        Canned(InputStream body) {
            this.body = body;
        }

        @Override
        public List<InetAddress> resolve(String host) throws UnknownHostException {
            if (!host.equals("a.test")) {
                throw new UnknownHostException(host);
            }
            return List.of(InetAddress.getByAddress(new byte[] {8, 8, 8, 8}));
        }

        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            sent.add(request);
            Reply reply = new Reply(
                    body == null ? new ByteArrayInputStream("hello".getBytes(StandardCharsets.US_ASCII)) : body);
            replies.add(reply);
            return reply;
        }

        static final class Reply implements Response {
            private final InputStream body;
            volatile boolean closed;

            Reply(InputStream body) {
                this.body = body;
            }

            @Override
            public int status() {
                return 201;
            }

            @Override
            public Headers headers() {
                return Headers.of("X-Twice", "one", "x-twice", "two", "Utf8", "\u00c3\u00a9", "Latin1", "\u00e9");
            }

            @Override
            public InputStream body() {
                return body;
            }

            @Override
            public void close() {
                closed = true;
            }
        }
    }

    private Wagi wagi(String guest, OutboundHttpClient client) {
        return wagi(guest, client, m -> m.allowedHosts("https://a.test"));
    }

    private Wagi wagi(String guest, OutboundHttpClient client, UnaryOperator<ModuleBuilder> settings) {
        return Guests.build(Wagi.builder()
                .addModule(m -> settings.apply(m.route("/").source(Guests.wat(directory, "guest", guest))))
                .outboundHttpClient(client));
    }

    /**
     * What a guest does.
     *
     * @param output what it prints
     */
    record Row(String name, String url, String method, String headers, String then, String output) {
        Row(String name, String then, String output) {
            this(name, URL, "GET", "", then, output);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String GET = "(call $say (call $get))";
    private static final String OPEN = "(drop (call $get))";
    private static final String NAME = "(i32.const 142) (i32.const 7)";
    private static final String ALL = "(i32.const 65536) (i32.const 65536) (i32.const 24)";

    static Stream<Row> calls() {
        return Stream.of(
                new Row("a response", GET + "(call $say (call $status)) (call $say (call $handle))", "0 201 1 "),
                new Row(
                        "a body",
                        OPEN + "(call $say (call $next)) (call $show)"
                                + "(call $say (call $next)) (call $say (call $written))",
                        "0 hello0 0 "),
                new Row(
                        "a header in another case",
                        OPEN + "(call $say (call $header (call $handle) " + NAME + " " + ALL + ")) (call $show)",
                        "0 one"),
                new Row(
                        "all headers",
                        OPEN + "(call $say (call $headers (call $handle) " + ALL + ")) (call $show)",
                        "0 x-twice:one\nx-twice:two\nutf8:\u00c3\u00a9\nlatin1:\u00c3\u00a9\n"),
                new Row(
                        "an empty buffer reads nothing",
                        OPEN + "(call $say (call $read (call $handle) (i32.const 65536) (i32.const 0) (i32.const 24)))"
                                + "(call $say (call $written)) (drop (call $next)) (call $show)",
                        "0 0 hello"),
                new Row(
                        "closing",
                        OPEN + "(call $say (call $close (call $handle)))"
                                + "(call $say (call $close (call $handle))) (call $say (call $close (i32.const 99)))"
                                + "(call $say (call $close (i32.const -1)))",
                        "0 0 0 0 "),
                // 1
                new Row(
                        "unknown handles",
                        "(call $say (call $next))"
                                + "(call $say (call $header (i32.const -1) " + NAME + " " + ALL + "))"
                                + "(call $say (call $headers (i32.const 0x7fffffff) " + ALL + "))",
                        "1 1 1 "),
                new Row(
                        "a closed handle",
                        OPEN + "(drop (call $close (call $handle))) (call $say (call $next))"
                                + "(call $say (call $headers (call $handle) " + ALL + "))",
                        "1 1 "),
                // 3
                new Row("ranges outside", ranges(), "3 ".repeat(15)),
                new Row(
                        "a result outside reads nothing",
                        OPEN
                                + "(call $say (call $read (call $handle) (i32.const 65536) (i32.const 9) (i32.const"
                                + " 262141)))(drop (call $next)) (call $show)",
                        "3 hello"),
                // 4
                new Row(
                        "small buffers",
                        OPEN
                                + "(call $say (call $header (call $handle) " + NAME
                                + " (i32.const 65536) (i32.const 2) (i32.const 24)))(call $say (call $headers (call"
                                + " $handle) (i32.const 65536) (i32.const 3) (i32.const 24)))",
                        "4 4 "),
                // 5
                new Row(
                        "no such header",
                        OPEN + "(call $say (call $header (call $handle)"
                                + " (i32.const 141) (i32.const 3) " + ALL + "))"
                                + "(call $say (call $header (call $handle) (i32.const 142) (i32.const 0) " + ALL + "))",
                        "5 5 "),
                // 6
                new Row("a URL of other octets", "https://a.test/\u00e9", "GET", "", GET, "6 "),
                new Row("a method of other octets", URL, "\u00ff", "", GET, "6 "),
                new Row("headers of other octets", URL, "GET", "a:\u00e9\n", GET, "6 "),
                // 7
                new Row("another host", "https://b.test/", "GET", "", GET, "7 "),
                new Row("another scheme", "http://a.test/", "GET", "", GET, "7 "),
                new Row("this machine", "https://127.0.0.1/", "GET", "", GET, "7 "),
                // 8
                new Row("TRACE", URL, "TRACE", "", GET, "8 "),
                new Row("connect", URL, "connect", "", GET, "8 "),
                new Row("two words", URL, "G T", "", GET, "8 "),
                new Row("a second line", URL, "GET\r\nX: y", "", GET, "8 "),
                new Row("no method", URL, "", "", GET, "8 "),
                new Row("a long method", URL, "A".repeat(250), "", GET, "8 "),
                // 9
                new Row("no colon", URL, "GET", "accept\n", GET, "9 "),
                new Row("no name", URL, "GET", ":x\n", GET, "9 "),
                new Row("a space in a name", URL, "GET", "a b:x\n", GET, "9 "),
                new Row("a carriage return", URL, "GET", "a:x\rb:y\n", GET, "9 "),
                new Row("a NUL", URL, "GET", "a:x\0y\n", GET, "9 "),
                // 10
                new Row("no scheme", "a.test", "GET", "", GET, "10 "),
                new Row("no URL", "", "GET", "", GET, "10 "),
                new Row("a number as host", "https://2130706433/", "GET", "", GET, "10 "),
                new Row("a long URL", "https://a.test/" + "x".repeat(9000), "GET", "", GET, "10 "),
                // 12
                new Row(
                        "a large body",
                        "(drop (memory.grow (i32.const 200))) (call $say (call $req (i32.const 1024) (i32.const 19)"
                                + " (i32.const 12288) (i32.const 3) (i32.const 0) (i32.const 0)"
                                + " (i32.const 16384) (i32.const 10485761) (i32.const 16) (i32.const 20)))",
                        "12 "),
                new Row("many headers", URL, "GET", "a:b\n".repeat(257), GET, "12 "),
                // 13
                new Row("five open", GET.repeat(5), "0 0 0 0 13 "),
                new Row("five, one closed", GET.repeat(4) + "(drop (call $close (i32.const 2)))" + GET, "0 0 0 0 0 "),
                new Row(
                        "five, one read",
                        GET.repeat(4) + "(drop (call $next)) (drop (call $next))" + GET,
                        "0 0 0 0 0 "),
                new Row(
                        "thirty-three",
                        repeat(33, GET + "(drop (call $close (call $handle)))"),
                        "0 ".repeat(32) + "13 "),
                new Row("ten thousand", repeat(10_000, OPEN + "(drop (call $close (call $handle)))") + GET, "13 "),
                // What a guest may not say is left out, the rest arrives.
                new Row(
                        "forbidden headers",
                        URL,
                        "GET",
                        "host:b.test\ncontent-length:9\nTransfer-Encoding:chunked\nConnection:x-a\nKeep-Alive:1\nTE:x\n"
                                + "trailer:x\nUpgrade:h2c\nexpect:100-continue\nHTTP2-Settings:x\nProxy-Authorization:x\n"
                                + "proxy-connection:x\nX-A: b\t\n\r\n\nx-a:c\r\n",
                        GET,
                        "0 "));
    }

    /** One call for each parameter that can be wrong. */
    private static String ranges() {
        String[] good = {"1024", "19", "12288", "3", "12544", "0", "16384", "0", "16", "20"};
        String[][] bad = {
            {"0", "-1"}, {"1", "-1"}, {"1", "262144"}, {"2", "262143"}, {"3", "0x7fffffff"}, {"4", "262145"},
            {"5", "-1"}, {"6", "-8"}, {"7", "-1"}, {"8", "262143"}, {"9", "262141"}, {"9", "-1"}
        };
        StringBuilder calls = new StringBuilder();
        for (String[] change : bad) {
            String[] args = good.clone();
            args[Integer.parseInt(change[0])] = change[1];
            calls.append("(call $say (call $req");
            for (String arg : args) {
                calls.append(" (i32.const ").append(arg).append(')');
            }
            calls.append("))");
        }
        return calls
                + "(call $say (call $read (i32.const 1) (i32.const 65536) (i32.const -1) (i32.const 24)))"
                + "(call $say (call $header (i32.const 1) (i32.const -1) (i32.const 1) " + ALL + "))"
                + "(call $say (call $headers (i32.const 1) (i32.const 262144) (i32.const 1) (i32.const 24)))";
    }

    private static String repeat(int times, String body) {
        return "(loop $again " + body + "(local.set $i (i32.add (local.get $i) (i32.const 1)))"
                + "(br_if $again (i32.lt_u (local.get $i) (i32.const " + times + "))))";
    }

    @ParameterizedTest
    @MethodSource("calls")
    void call_row_answersAsDocumented(Row row) {
        Canned client = new Canned();
        try (Wagi wagi = wagi(guest(row.url, row.method, row.headers, row.then), client)) {
            WagiResponse first = wagi.handle(WagiRequest.get("/"));
            WagiResponse second = wagi.handle(WagiRequest.get("/"));

            assertThat(new String(first.body(), StandardCharsets.ISO_8859_1)).isEqualTo(row.output);
            assertThat(second.body()).as("nothing is left of the first run").isEqualTo(first.body());
            assertThat(client.replies).allMatch(reply -> reply.closed);
            if (row.name.equals("forbidden headers")) {
                assertThat(client.sent.get(0).headers()).isEqualTo(Headers.of("X-A", "b", "x-a", "c"));
            }
        }
    }

    @Test
    void call_noAllowedHosts_isRefusedWithoutALook() {
        Canned client = new Canned();
        String calls = GET + "(call $say (call $next)) (call $say (call $close (i32.const 1)))";
        try (Wagi wagi = wagi(guest(URL, "GET", "", calls), client, m -> m)) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("7 1 0 ");
        }
        assertThat(client.sent).isEmpty();
    }

    @Test
    void call_nameWithoutAddress_isARequestError() {
        try (Wagi wagi = wagi(
                guest("https://b.test/", "GET", "", GET), new Canned(), m -> m.allowedHosts("insecure:allow-all"))) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("11 ");
        }
    }

    /** Why a client may fail that an embedder wrote. */
    enum Fault {
        IO(11),
        TIMEOUT(11),
        RUNTIME(12),
        NULL(12),
        STATUS(11),
        HEADERS(11);

        private final int code;

        Fault(int code) {
            this.code = code;
        }
    }

    @ParameterizedTest
    @EnumSource
    void call_clientFails_guestIsTold(Fault fault) {
        Canned client = new Canned() {
            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                if (fault == Fault.IO) {
                    throw new IOException("no");
                }
                if (fault == Fault.TIMEOUT) {
                    throw new SocketTimeoutException("no");
                }
                if (fault == Fault.RUNTIME) {
                    throw new IllegalStateException("no");
                }
                return fault == Fault.NULL
                        ? null
                        : new Response() {
                            @Override
                            public int status() {
                                return fault == Fault.STATUS ? 101 : 200;
                            }

                            @Override
                            public Headers headers() {
                                Headers.Builder headers = Headers.builder();
                                for (int i = 0; i < 257 && fault == Fault.HEADERS; i++) {
                                    headers.add("a", "b");
                                }
                                return headers.build();
                            }

                            @Override
                            public InputStream body() {
                                return InputStream.nullInputStream();
                            }

                            @Override
                            public void close() {}
                        };
            }
        };
        try (Wagi wagi = wagi(guest(URL, "GET", "", GET), client)) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo(fault.code + " ");
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void bodyRead_moreThanTheLimit_failsForGood() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }
        };
        String reads = OPEN + "(call $say (call $next))".repeat(4);
        try (Wagi wagi = wagi(
                guest(URL, "GET", "", reads),
                new Canned(endless),
                m -> m.allowedHosts("https://a.test").limits(l -> l.withHttpMaxResponseBodyBytes(100_000)))) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("0 12 12 12 ");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bodyRead_brokenOff_isARequestError(boolean timeout) {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw timeout ? new SocketTimeoutException("late") : new IOException("gone");
            }
        };
        try (Wagi wagi = wagi(guest(URL, "GET", "", OPEN + "(call $say (call $next))".repeat(2)), new Canned(broken))) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("11 11 ");
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void run_trapWithOpenResponses_closesThem() {
        Canned client = new Canned();
        try (Wagi wagi = wagi(guest(URL, "GET", "", OPEN.repeat(3) + "unreachable"), client)) {
            wagi.handle(WagiRequest.get("/"));
        }
        assertThat(client.replies).hasSize(3).allMatch(reply -> reply.closed);
    }

    @Test
    void run_interruptedInACall_endsAndDoesNotGoOn() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        Canned client = new Canned() {
            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                asked.countDown();
                new CountDownLatch(1).await();
                throw new IOException("not reached");
            }
        };
        assertStops(client, GET + GET, asked);
        assertThat(client.sent).isEmpty();
    }

    /** A guest that calls with as little stack as it likes must not break off a client that others use. */
    @Test
    void run_littleStackLeft_stopsTheGuestBeforeTheClientBegins() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Canned client = new Canned() {
            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                begun.incrementAndGet();
                use(300);
                ended.incrementAndGet();
                return super.send(request);
            }

            private int use(int frames) {
                return frames == 0 ? 0 : use(frames - 1) + 1;
            }
        };
        String deep = guest(URL, "GET", "", """
                        (i32.store (i32.const 40) (i32.const 48))
                        (i32.store (i32.const 44) (i32.const 4))
                        (drop (call $fd_read (i32.const 0) (i32.const 40) (i32.const 1) (i32.const 8)))
                        (call $deep (i32.load (i32.const 48)))
                        """)
                .replaceFirst(
                        "\\(import",
                        "(import \"wasi_snapshot_preview1\" \"fd_read\""
                                + " (func \\$fd_read (param i32 i32 i32 i32) (result i32)))\n(import")
                .replace("(func (export \"_start\")", """
                        (func $deep (param $n i32)
                          (if (local.get $n)
                            (then (call $deep (i32.sub (local.get $n) (i32.const 1))))
                            (else (call $say (call $get)))))
                        (func (export "_start")""");
        try (Wagi wagi = wagi(deep, client)) {
            Thread small = new Thread(
                    null,
                    () -> {
                        int good = 0;
                        // More than once: as code is compiled its frames become smaller.
                        for (int round = 0; round < 4; round++) {
                            good = 0;
                            int bad = 1 << 20;
                            while (bad - good > 5) {
                                int middle = (good + bad) / 2;
                                if (runs(wagi, middle)) {
                                    good = middle;
                                } else {
                                    bad = middle;
                                }
                            }
                            for (int depth = good - 50; depth < good + 1000; depth += 5) {
                                runs(wagi, depth);
                            }
                        }
                    },
                    "small",
                    1 << 20);
            small.start();
            small.join();
        }
        assertThat(begun).hasPositiveValue().hasValue(ended.get());
    }

    private static boolean runs(Wagi wagi, int depth) {
        byte[] body = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(depth)
                .array();
        return wagi.handle(WagiRequest.builder("POST", "/").body(body).build()).status() == 200;
    }

    /** A client that swallows the interrupt and answers when it is too late. */
    @Test
    void run_interruptIsSwallowed_guestIsStoppedAllTheSame() {
        Canned client = new Canned() {
            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                try {
                    new CountDownLatch(1).await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    // Lost; nobody else waits on it either.
                }
                long late = System.nanoTime() + 600_000_000;
                while (System.nanoTime() < late) {
                    Thread.onSpinWait();
                }
                return super.send(request);
            }
        };
        try (Wagi wagi = wagi(
                guest(URL, "GET", "", GET + "(loop $again (br $again))"),
                client,
                m -> m.allowedHosts("https://a.test").limits(l -> l.withTimeout(Duration.ofMillis(100))))) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(504);
        }
        assertThat(client.replies).hasSize(1).allMatch(reply -> reply.closed);
    }

    @Test
    void run_interruptedInARead_endsAndDoesNotGoOn() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        InputStream silent = new InputStream() {
            @Override
            public int read() throws IOException {
                asked.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
                return -1;
            }
        };
        Canned client = new Canned(silent);
        assertStops(client, OPEN + "(call $say (call $next))" + GET, asked);
        assertThat(client.replies).hasSize(1).allMatch(reply -> reply.closed);
    }

    private void assertStops(Canned client, String then, CountDownLatch asked) throws Exception {
        try (Wagi wagi = wagi(guest(URL, "GET", "", then), client)) {
            Thread guest = Thread.currentThread();
            CompletableFuture<Void> interrupt = CompletableFuture.runAsync(() -> {
                try {
                    asked.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                guest.interrupt();
            });
            WagiResponse response = wagi.handle(WagiRequest.get("/"));
            interrupt.join();
            Thread.interrupted();

            assertThat(response.status()).as("the guest was stopped").isGreaterThanOrEqualTo(500);
        }
    }

    @Test
    void run_memoryOfAnotherName_isNotFound() {
        String guest = guest(URL, "GET", "", GET).replace("(export \"memory\")", "(export \"mem\")");
        // Its own output does not depend on the name.
        try (Wagi wagi = wagi(guest, new Canned())) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("2 ");
        }
    }

    @Test
    void run_noMemory_isNotFound() {
        String guest = """
                (module
                  (import "wasi_experimental_http" "close" (func $close (param i32) (result i32)))
                  (import "wasi_experimental_http" "body_read" (func $read (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (func (export "_start")
                    (call $exit (call $read (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1)))))
                """;
        try (Wagi wagi = wagi(guest, new Canned())) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(502);
        }
    }

    @Test
    void listener_outboundCall_isTold() {
        List<String> calls = new ArrayList<>();
        WagiListener listener = new WagiListener() {
            @Override
            public void outboundCall(OutboundCall event) {
                calls.add(event.module() + " " + event.host() + " " + event.status());
                throw new IllegalStateException("a listener's bug is not the guest's");
            }
        };
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/")
                        .source(Guests.wat(directory, "guest", guest(URL, "GET", "", GET)))
                        .allowedHosts("https://a.test"))
                .outboundHttpClient(new Canned())
                .listener(listener)
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("0 ");
        }
        assertThat(calls).containsExactly("guest a.test 201");
    }

    @Test
    void run_lookupThatCannotBeInterrupted_doesNotHoldUpTheGuest() {
        CountDownLatch stuck = new CountDownLatch(1);
        Canned client = new Canned() {
            @Override
            public List<InetAddress> resolve(String host) throws UnknownHostException {
                boolean released = false;
                while (!released) {
                    try {
                        stuck.await();
                        released = true;
                    } catch (InterruptedException e) {
                        // As the JVM's resolver: deaf.
                    }
                }
                throw new UnknownHostException(host);
            }
        };
        try (Wagi wagi = wagi(
                guest(URL, "GET", "", GET),
                client,
                m -> m.allowedHosts("https://a.test").limits(l -> l.withTimeout(Duration.ofMillis(200))))) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(504);
        } finally {
            stuck.countDown();
        }
    }
}
