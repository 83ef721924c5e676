// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleInfo.State;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Guests in the whole of wagi-core, without a server. */
class WagiTest {

    private static final String TYPE = "Content-Type: text/plain\n\n";

    @TempDir
    Path directory;

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @ParameterizedTest
    @EnumSource
    void handle_sampleGuests_answerInEitherEngine(Wagi.Engine engine) {
        try (Wagi wagi = Wagi.builder()
                .engine(engine)
                .addModule(m -> m.route("/hello/...").source(Guests.sample("hello")))
                .addModule(m -> m.route("/error").source(Guests.sample("error")))
                .addModule(m -> m.route("/log").source(Guests.sample("log")))
                .addModule(m -> m.route("/http-example").source(Guests.sample("http-example")))
                .addModule(m -> m.route("/as/...").source(Guests.sample("as-hello")))
                .guestLog((module, id, line) -> log.add(module + " " + line))
                .build()) {

            assertThat(wagi.handle(WagiRequest.get("/hello")).text()).isEqualTo("hello world\n");
            assertThat(wagi.handle(WagiRequest.get("/hello/any/sub/path")).text())
                    .isEqualTo("hello world\n");
            WagiResponse error = wagi.handle(WagiRequest.get("/error"));
            assertThat(error.status()).isEqualTo(404);
            assertThat(error.text()).isEqualTo("This page was not found, says the module itself.\n");
            assertThat(wagi.handle(WagiRequest.get("/log")).status()).isEqualTo(200);
            assertThat(log)
                    .containsExactly(
                            "log log: start of request GET /log",
                            "log log: warning: this is only an example",
                            "log log: end of request");
            WagiResponse outbound = wagi.handle(WagiRequest.get("/http-example"));
            assertThat(outbound.status()).isEqualTo(200);
            assertThat(outbound.text())
                    .isEqualTo("GET https://api.brigade.sh/healthz failed: error 7 (destination not allowed)\n");
            assertThat(wagi.handle(WagiRequest.get("/as/x")).text()).isEqualTo("hello from AssemblyScript\nGET /x\n");
        }
    }

    /** Go's runtime: goroutine scheduler, clocks, random, poll_oneoff, functions too large for a JVM method. */
    @Test
    void handle_goGuest_answers() {
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/go/...").source(Guests.sample("go-hello")))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/go/x")).text()).isEqualTo("hello from Go\nGET /x\n");
        }
    }

    @Test
    void handle_argumentsEnvironmentAndBody_reachTheGuest() {
        try (Wagi wagi = Wagi.builder()
                .defaultHost("example.org:81")
                .addModule(m -> m.route("/env/...")
                        .source(Guests.sample("env"))
                        .argv("prog", "${ARGS}", "${SCRIPT_NAME}")
                        .addEnvironment("GREETING", "grüß dich"))
                .build()) {
            WagiRequest request = WagiRequest.builder("POST", "/env/a%20b?x&-y&z=1")
                    .addHeader("X-Two", "1")
                    .addHeader("X-Two", "2")
                    .addHeader("Content-Type", "text/x")
                    .body("hello".getBytes(StandardCharsets.US_ASCII))
                    .build();

            WagiResponse response = wagi.handle(request);

            String id = response.headers().first("X-Request-Id").orElseThrow();
            assertThat(response.text()).isEqualTo("""
                            arguments:
                            0 = prog
                            1 = x
                            2 = z=1
                            3 = /env
                            environment:
                            AUTH_TYPE=
                            CONTENT_LENGTH=5
                            CONTENT_TYPE=text/x
                            GATEWAY_INTERFACE=CGI/1.1
                            GREETING=grüß dich
                            HTTP_X_TWO=1, 2
                            PATH_INFO=/a b
                            PATH_TRANSLATED=/a b
                            QUERY_STRING=x&-y&z=1
                            REMOTE_ADDR=127.0.0.1
                            REMOTE_HOST=127.0.0.1
                            REMOTE_USER=
                            REQUEST_METHOD=POST
                            REQUEST_SCHEME=http
                            REQUEST_URI=/env/a%%20b?x&-y&z=1
                            SCRIPT_NAME=/env
                            SERVER_NAME=example.org
                            SERVER_PORT=81
                            SERVER_PROTOCOL=HTTP/1.1
                            SERVER_SOFTWARE=WAGI/1
                            X_FULL_URL=http://example.org:81/env/a%%20b?x&-y&z=1
                            X_MATCHED_ROUTE=/env/...
                            X_RAW_PATH_INFO=/a%%20b
                            X_REQUEST_ID=%s
                            body:
                            length = 5
                            sha256 = 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
                            """.formatted(id));
        }
    }

    @Test
    void handle_anyBody_survivesBothWays() {
        byte[] body = new byte[1 << 20];
        new Random(7).nextBytes(body);
        for (int i = 0; i < 256; i++) {
            body[i] = (byte) i;
        }
        try (Wagi wagi = env()) {
            WagiRequest known =
                    WagiRequest.builder("POST", "/env/echo").body(body).build();
            WagiRequest unknown = WagiRequest.builder("POST", "/env/echo")
                    .body(new ByteArrayInputStream(body), -1)
                    .build();

            assertThat(wagi.handle(known).body()).isEqualTo(body);
            assertThat(wagi.handle(unknown).body()).isEqualTo(body);
        }
    }

    @Test
    void handle_bodyLongerThanItsLength_isCutThere() {
        byte[] sent = "hello, next request".getBytes(StandardCharsets.US_ASCII);
        try (Wagi wagi = env()) {
            WagiRequest request = WagiRequest.builder("POST", "/env/echo")
                    .body(new ByteArrayInputStream(sent), 5)
                    .build();

            assertThat(wagi.handle(request).text()).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    the client is gone half-way | 10
                    the client says nothing     | 0
                    """)
    void handle_bodyBreaksOff_guestIsStopped(String what, int received) {
        InputStream broken = new InputStream() {
            private int left = received;

            @Override
            public int read() throws IOException {
                if (left-- > 0) {
                    return 'x';
                }
                throw new IOException("reset");
            }
        };
        try (Wagi wagi = env()) {
            WagiRequest request =
                    WagiRequest.builder("POST", "/env").body(broken, 20).build();

            assertThat(wagi.handle(request).status()).as(what).isEqualTo(400);
            assertThat(wagi.handle(WagiRequest.get("/env")).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    trap before the header block | ''                  | unreachable
                    trap after the header block  | 'Content-Type: t'   | unreachable
                    memory out of bounds         | ''                  | (drop (i32.load (i32.const -1)))
                    division by zero             | ''                  | (drop (i32.div_s (i32.const 1) (i32.const 0)))
                    endless recursion            | ''                  | (call $again)
                    exit without output          | ''                  | (call $exit (i32.const 1))
                    no output                    | ''                  |
                    garbage                      | 'no header here'    |
                    NUL in a header              | 'Content-Type: \0'  |
                    header split                 | 'Status: 200\rX: 1' |
                    """)
    void handle_badGuest_is502WithAFixedPhraseAndTheHostLivesOn(String what, String printed, String then) {
        String output = printed.replace("\\0", "\0").replace("\\r", "\r");
        String text =
                Guests.printing(output.isEmpty() ? "" : output + "\n\nsecret of the guest", then == null ? "" : then);
        text = text.replace(
                "(func (export \"_start\")", "(func $again (call $again) (call $again))\n(func (export \"_start\")");
        Path bad = Guests.wat(directory, "bad", text);
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/bad").source(bad))
                .addModule(m ->
                        m.route("/good").source(Guests.wat(directory, "good", Guests.printing(TYPE + "good", ""))))
                .build()) {

            WagiResponse response = wagi.handle(WagiRequest.get("/bad"));

            assertThat(response.status()).as(what).isEqualTo(502);
            String id = response.headers().first("X-Request-Id").orElseThrow();
            assertThat(response.text()).isEqualTo("Bad Gateway\nrequest id: " + id + "\n");
            assertThat(wagi.handle(WagiRequest.get("/good")).text()).isEqualTo("good");
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            (call $exit (i32.const 0))
            (call $exit (i32.const 1))
            (call $exit (i32.const -1))
            return
            """)
    void handle_completeOutput_countsWhateverTheExitCode(String then) {
        try (Wagi wagi = wat(Guests.printing(TYPE + "done", then + " unreachable"))) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("done");
        }
    }

    @Test
    void handle_trapAfterTheBodyHasBegun_abortsTheResponse() {
        String tooLongToHoldBack = "x".repeat(40_000);
        List<String> calls = new ArrayList<>();
        ResponseSink sink = new ResponseSink() {
            @Override
            public void start(int status, Headers headers, long contentLength) {
                calls.add("start " + status + " " + contentLength);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {}

            @Override
            public void flush() {}

            @Override
            public void end() {
                calls.add("end");
            }

            @Override
            public void abort() {
                calls.add("abort");
            }
        };
        try (Wagi wagi = wat(Guests.printing(TYPE + tooLongToHoldBack, "unreachable"))) {
            wagi.handle(WagiRequest.get("/"), sink);
        }

        assertThat(calls).containsExactly("start 200 -1", "abort");
    }

    @Test
    void handle_clientGone_stopsTheGuest() {
        // Prints for ever; only a failing sink ends it.
        String text =
                Guests.printing(TYPE, "(loop (call $write (i32.const 1) (i32.const 1024) (i32.const 4096)) (br 0))");
        List<String> calls = new ArrayList<>();
        ResponseSink sink = new ResponseSink() {
            private int writes;

            @Override
            public void start(int status, Headers headers, long contentLength) {}

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (++writes == 10) {
                    throw new IOException("gone");
                }
            }

            @Override
            public void flush() {}

            @Override
            public void end() {
                calls.add("end");
            }

            @Override
            public void abort() {
                calls.add("abort");
            }
        };
        try (Wagi wagi = wat(text)) {
            wagi.handle(WagiRequest.get("/"), sink);
        }

        assertThat(calls).containsExactly("abort");
    }

    @Test
    void handle_head_hasHeadersOnly() {
        try (Wagi wagi = wat(Guests.printing(TYPE + "body", ""))) {
            WagiResponse response = wagi.handle(WagiRequest.builder("HEAD", "/").build());

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers().first("Content-Type")).hasValue("text/plain");
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void handle_localRedirect_runsThePathAsGetWithoutBody() {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/from")
                        .source(Guests.wat(directory, "from", Guests.printing("Location: /env/body?q=1\n\n", ""))))
                .addModule(m -> m.route("/env/...").source(Guests.sample("env")))
                .addModule(m -> m.route("/loop")
                        .source(Guests.wat(directory, "loop", Guests.printing("Location: /loop\n\n", ""))))
                .addModule(m -> m.route("/lost")
                        .source(Guests.wat(directory, "lost", Guests.printing("Location: /nowhere\n\n", ""))))
                .addModule(m ->
                        m.route("/bad").source(Guests.wat(directory, "bad", Guests.printing("Location: /%zz\n\n", ""))))
                .build()) {
            WagiRequest post = WagiRequest.builder("POST", "/from")
                    .addHeader("Content-Type", "x/y")
                    .body(new byte[3])
                    .build();

            assertThat(wagi.handle(post).text()).startsWith("length = 0\n");
            assertThat(wagi.handle(WagiRequest.get("/loop")).status()).isEqualTo(500);
            assertThat(wagi.handle(WagiRequest.get("/lost")).status()).isEqualTo(404);
            assertThat(wagi.handle(WagiRequest.get("/bad")).status()).isEqualTo(502);
        }
    }

    @Test
    void settings_takeCollectionsAndMaps_andSwitchesGoBack() {
        try (Wagi wagi = Wagi.builder()
                .addEnvironment(Map.of("ALL", "1"))
                .addTrustedProxies(Set.of("192.0.2.0/24"))
                .limits(l -> l.withMaxRequestHeaders(2))
                .limits(l -> l.withMaxHeaders(64))
                .addModule(m -> m.route("/env")
                        .source(Guests.sample("env"))
                        .argv(List.of("prog", "${ARGS}"))
                        .argvAllowOptions(true)
                        .argvAllowOptions(false)
                        .addEnvironment(Map.of("OWN", "2"))
                        .hosts(Set.of("a.example"))
                        .methods(Set.of("POST", "GET"))
                        .localRedirects(Set.of("/env"))
                        .denyResponseHeaders(Set.of("Set-Cookie"))
                        .passAuthorization(true)
                        .passAuthorization(false)
                        .streamRequestBody(true)
                        .streamRequestBody(false))
                .build()) {
            assertThat(wagi.routes())
                    .containsExactly(
                            RouteInfo.of("/env", "env", Guests.sample("env").toString())
                                    .withHosts(List.of("a.example"))
                                    .withMethods(List.of("GET", "POST")));
            String text = wagi.handle(WagiRequest.builder("POST", "/env?-y&z=1")
                            .addHeader("Host", "a.example")
                            .addHeader("Authorization", "Basic eDp5")
                            .body(new ByteArrayInputStream("hello".getBytes(StandardCharsets.US_ASCII)), -1)
                            .build())
                    .text();
            assertThat(text)
                    .contains("0 = prog\n1 = z=1\n", "ALL=1\n", "OWN=2\n", "CONTENT_LENGTH=5\n")
                    .doesNotContain("-y\n", "HTTP_AUTHORIZATION");
            assertThat(wagi.handle(WagiRequest.builder("GET", "/env")
                                    .addHeader("Host", "a.example")
                                    .addHeader("X-A", "1")
                                    .addHeader("X-B", "2")
                                    .build())
                            .status())
                    .as("the first of two changes holds")
                    .isEqualTo(431);
        }
    }

    @Test
    void handle_requestsWithoutAGuest_areAnsweredByTheHost() {
        try (Wagi wagi = Wagi.builder()
                .addModule(
                        m -> m.route("/get").methods("GET").hosts("a.example").source(Guests.sample("hello")))
                .build()) {
            WagiRequest.Builder post = WagiRequest.builder("POST", "/get").addHeader("Host", "a.example:80");

            WagiResponse denied = wagi.handle(post.build());
            assertThat(denied.status()).isEqualTo(405);
            assertThat(denied.headers().first("Allow")).hasValue("GET, HEAD");
            assertThat(wagi.handle(WagiRequest.get("/get")).status())
                    .as("other host")
                    .isEqualTo(404);
            assertThat(wagi.handle(WagiRequest.get("/%00")).status()).isEqualTo(400);
            WagiResponse healthy = wagi.handle(WagiRequest.get("/healthz"));
            assertThat(healthy.status()).isEqualTo(200);
            assertThat(healthy.text()).isEqualTo("OK");
            assertThat(wagi.handle(WagiRequest.builder("HEAD", "/nope").build()).body())
                    .isEmpty();
        }
    }

    @Test
    void healthPath_movedOrOff_freesThePath() {
        Path everything = Guests.wat(directory, "all", Guests.printing(TYPE + "guest", ""));
        try (Wagi moved = Wagi.builder()
                        .healthPath("/live")
                        .addModule(m -> m.route("/...").source(everything))
                        .build();
                Wagi off = Wagi.builder()
                        .healthPath("")
                        .addModule(m -> m.route("/...").source(everything))
                        .build()) {
            assertThat(moved.handle(WagiRequest.get("/live")).text()).isEqualTo("OK");
            assertThat(moved.handle(WagiRequest.get("/healthz")).text()).isEqualTo("guest");
            assertThat(off.handle(WagiRequest.get("/healthz")).text()).isEqualTo("guest");
        }
    }

    @Test
    void entrypoint_ofAReactor_runsAfterInitialize() {
        String reactor = """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (global $ready (mut i32) (i32.const 0))
                  (data (i32.const 0) "\\08\\00\\00\\00\\14\\00\\00\\00Content-Type: t\\n\\nhi\\n")
                  (func (export "_initialize") (global.set $ready (i32.const 1)))
                  (func (export "serve")
                    (if (i32.eqz (global.get $ready)) (then unreachable))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
                """;
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").entrypoint("serve").source(Guests.wat(directory, "reactor", reactor)))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("hi\n");
        }
    }

    @Test
    void handle_stderr_isEscapedAndCut() {
        String text = Guests.printing(TYPE + "\u001b[31mred\u0007\nover", """
                (call $write (i32.const 2) (i32.const %d) (i32.const 14))
                (loop $again
                  (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
                  (call $write (i32.const 2) (i32.const 4096) (i32.const 65536))
                  (br_if $again (i32.lt_u (i32.load (i32.const 16)) (i32.const 40))))
                """.formatted(1024 + TYPE.length()));
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source(Guests.wat(directory, "noisy", text)))
                .guestLog((module, id, line) -> log.add(line))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(200);
        }

        assertThat(log.get(0)).isEqualTo("\\x1b[31mred\\x07");
        assertThat(log).hasSizeLessThan(140);
        assertThat(log.get(log.size() - 1)).isEqualTo("[standard error cut after 1048576 bytes]");
    }

    /** The bound counts what a line costs, not only its bytes. */
    @Test
    void handle_stderrOfEmptyLines_isBounded() {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/")
                        .source(Guests.wat(
                                directory,
                                "lines",
                                Guests.printing(
                                        TYPE,
                                        "(memory.fill (i32.const 4096) (i32.const 10) (i32.const 100000))"
                                                + "(call $write (i32.const 2) (i32.const 4096) (i32.const 100000))"))))
                .guestLog((module, id, line) -> log.add(line))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(200);
        }

        assertThat(log).hasSize((1 << 20) / 64 + 1);
    }

    @Test
    void handle_guestsRequestId_isDropped() {
        try (Wagi wagi = wat(Guests.printing("x-request-id: forged\n" + TYPE, ""))) {
            assertThat(wagi.handle(WagiRequest.get("/")).headers().all("X-Request-Id"))
                    .hasSize(1)
                    .doesNotContain("forged");
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /application,  302
                    /app/%zz,      502
                    /app/x#y,      302
                    /app,          404
                    /app?x,        404
                    """)
    void handle_locationBesideTheMountPath_isTheClients(String location, int status) {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/from")
                        .source(Guests.wat(directory, "from", Guests.printing("Location: " + location + "\n\n", ""))))
                .build()) {
            WagiRequest request =
                    WagiRequest.builder("GET", "/app/from").mountPath("/app").build();

            assertThat(wagi.handle(request).status()).isEqualTo(status);
        }
    }

    @Test
    void handle_startFunctionTrapsNowAndThen_is502() {
        // It asks for a random byte and traps if the lowest bit is set.
        String text = """
                (module
                  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (func $start
                    (drop (call $random (i32.const 0) (i32.const 1)))
                    (if (i32.and (i32.load8_u (i32.const 0)) (i32.const 1)) (then unreachable)))
                  (start $start)
                  (func (export "_start")))
                """;
        Wagi wagi = null;
        while (wagi == null) {
            try {
                wagi = wat(text);
            } catch (WagiConfigException e) {
                assertThat(e).hasMessageContaining("cannot be instantiated");
            }
        }
        for (int i = 0; i < 20; i++) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(502);
        }
        wagi.close();
    }

    @Test
    void handle_embeddersValueHoldsNul_is400() {
        try (Wagi wagi = wat(Guests.printing(TYPE, ""))) {
            WagiRequest request =
                    WagiRequest.builder("GET", "/").remoteUser("a\0B=c").build();

            assertThat(wagi.handle(request).status()).isEqualTo(400);
        }
    }

    @Test
    void healthPath_encodedSlash_isAnotherPath() {
        try (Wagi wagi = Wagi.builder()
                .healthPath("/a/b%20c")
                .addModule(m -> m.route("/x").source(Guests.sample("hello")))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/a/b%20c")).text()).isEqualTo("OK");
            assertThat(wagi.handle(WagiRequest.get("/a%2Fb%20c")).status()).isEqualTo(404);
        }
    }

    @Test
    void handle_interruptedThread_stopsTheGuest() throws Exception {
        try (Wagi wagi = wat(Guests.printing("", "(loop (br 0))"))) {
            ExecutorService executor = Executors.newSingleThreadExecutor();
            CountDownLatch started = new CountDownLatch(1);
            Future<WagiResponse> response = executor.submit(() -> {
                started.countDown();
                return wagi.handle(WagiRequest.get("/"));
            });
            started.await();
            executor.shutdownNow();

            assertThat(response.get(5, TimeUnit.MINUTES).status()).isEqualTo(502);
        }
    }

    @Test
    void close_requestInFlight_isWaitedForAndNewOnesAreRefused() throws Exception {
        PausedInput slow = new PausedInput();
        Wagi wagi = env();
        ExecutorService executor = Executors.newFixedThreadPool(1);
        try {
            Future<WagiResponse> inFlight = executor.submit(() -> wagi.handle(
                    WagiRequest.builder("POST", "/env").body(slow, -1).build()));
            slow.awaitReader();

            assertThat(wagi.close(Duration.ofMillis(10))).isFalse();
            WagiResponse refused = wagi.handle(WagiRequest.get("/env"));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.headers().first("Retry-After")).hasValue("1");
            slow.end();

            assertThat(wagi.close(Duration.ofMinutes(5))).isTrue();
            assertThat(inFlight.get().status()).isEqualTo(200);
        } finally {
            executor.shutdownNow();
        }
    }

    /** Released together, many threads must never see each other's environment, arguments or bodies. */
    @Test
    void handle_manyThreads_answersNeverMix() throws Exception {
        int threads = 32;
        try (Wagi wagi = env()) {
            ExecutorService executor = Executors.newFixedThreadPool(threads);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> results = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                byte[] body = new byte[1000 + thread];
                Arrays.fill(body, (byte) thread);
                String path = "/env/echo?thread=" + thread;
                results.add(executor.submit(() -> {
                    start.await();
                    for (int i = 0; i < 10; i++) {
                        WagiRequest request =
                                WagiRequest.builder("POST", path).body(body).build();
                        assertThat(wagi.handle(request).body()).isEqualTo(body);
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> result : results) {
                result.get();
            }
            executor.shutdown();
        }
    }

    private static Wagi env() {
        return Wagi.builder()
                .addModule(m -> m.route("/env/...").source(Guests.sample("env")))
                .build();
    }

    private Wagi wat(String text) {
        return Wagi.builder()
                .addModule(m -> m.route("/").source(Guests.wat(directory, "guest", text)))
                .build();
    }

    /** A client that holds a place with nothing but patience. */
    @Test
    void handle_bodyComesTooSlowly_is408LongBeforeTheTimeout() {
        List<String> limits = new ArrayList<>();
        try (Wagi wagi = Wagi.builder()
                .listener(new WagiListener() {
                    @Override
                    public void limitReached(LimitReached event) {
                        limits.add(event.limit());
                    }
                })
                .addModule(m -> m.route("/")
                        .source(Guests.sample("env"))
                        .limits(l -> l.withMinRequestBodyRate(1 << 20).withTimeout(Duration.ofSeconds(1))))
                .build()) {
            InputStream drip = new InputStream() {
                private boolean sent;

                @Override
                public int read() throws IOException {
                    if (sent) {
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new InterruptedIOException();
                        }
                    }
                    sent = true;
                    return 'x';
                }
            };

            assertThat(wagi.handle(WagiRequest.builder("POST", "/")
                                    .body(drip, 100)
                                    .build())
                            .status())
                    .isEqualTo(408);
            assertThat(limits).containsExactly("min_request_body_rate");
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(200);
        }
    }

    @Test
    void denyResponseHeaders_areLeftOut() {
        String output = "Content-Type: text/plain\nSET-cookie: a=b\nSet-Cookie: c=d\nServer: me\nX-Mine: 1\n\nok";
        Path guest = Guests.wat(directory, "fields", Guests.printing(output, ""));
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source(guest).denyResponseHeaders("Set-Cookie", "server"))
                .build()) {
            for (int i = 0; i < 3; i++) {
                Headers headers = wagi.handle(WagiRequest.get("/")).headers();
                assertThat(headers.contains("Set-Cookie")).isFalse();
                assertThat(headers.contains("Server")).isFalse();
                assertThat(headers.first("X-Mine")).contains("1");
            }
        }
    }

    @Test
    void modules_sayWhatBecameOfThemAndWhatGuestsMayDo_withoutSecrets() throws IOException {
        Path data = Files.createDirectory(directory.resolve("host-secret"));
        Path sub = Files.createDirectory(directory.resolve("secret-2"));
        try (Wagi wagi = Wagi.builder()
                .keepGoing(true)
                .outboundHttpClient(request -> {
                    throw new IOException("not called");
                })
                .addModule(m -> m.route("/all/...")
                        .name("all")
                        .source(Guests.sample("hello"))
                        .addEnvironment("TOKEN", "secret")
                        .addEnvironment("A", "secret")
                        .allowedPrivateHosts("http://10.0.0.7:8080")
                        .allowedHosts("https://*.example.org")
                        .addVolume("/read", data)
                        .addWritableVolume("/write", sub))
                .addModule(m -> m.route("/lazy")
                        .name("lazy")
                        .source(Guests.sample("env"))
                        .lazy(true)
                        .reuse(false))
                .addModule(m -> m.route("/gone").name("gone").source(directory.resolve("gone.wasm")))
                .build()) {
            List<ModuleInfo> modules = wagi.modules();

            assertThat(modules).extracting(ModuleInfo::module).containsExactly("all", "lazy", "gone");
            assertThat(modules)
                    .extracting(ModuleInfo::state)
                    .containsExactly(State.LOADED, State.UNLOADED, State.FAILED);
            ModuleInfo all = modules.get(0);
            byte[] bytes = Files.readAllBytes(Guests.sample("hello"));
            assertThat(all.digest()).contains(ModuleDigest.of(bytes));
            assertThat(all.bytes()).hasValue(bytes.length);
            assertThat(all.imports()).contains("wasi_snapshot_preview1.fd_write");
            assertThat(all.environmentNames()).containsExactly("A", "TOKEN");
            assertThat(all.allowedHosts())
                    .hasToString("[https://*.example.org, http://10.0.0.7:8080 (private addresses too)]");
            assertThat(all.allowedHosts().get(0).allowsPrivate()).isFalse();
            assertThat(all.allowedHosts().get(1).host()).isEqualTo("http://10.0.0.7:8080");
            assertThat(all.allowedHosts().get(1).allowsPrivate()).isTrue();
            assertThat(all.volumes()).hasToString("[/read, /write (writable)]");
            assertThat(all.isReused()).isTrue();
            assertThat(modules.get(1).isLazy()).isTrue();
            assertThat(modules.get(1).isReused()).isFalse();
            assertThat(modules.get(2).digest()).isEmpty();
            assertThat(modules.get(2).bytes()).isEmpty();
            assertThat(modules.get(2).imports()).isEmpty();
            assertThat(modules.toString()).doesNotContain("secret");

            wagi.handle(WagiRequest.builder("GET", "/lazy").build());

            assertThat(wagi.modules().get(1).state()).isEqualTo(State.LOADED);
        }
    }
}
