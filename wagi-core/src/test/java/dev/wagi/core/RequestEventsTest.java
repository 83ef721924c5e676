// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.ModuleUsage.Discard;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.internal.request.Listeners;
import dev.wagi.core.internal.request.MemorySink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What listeners hear of requests, and what a host says that it uses. */
class RequestEventsTest {

    private static final String LOOP = "(loop $l (br $l))";
    private static final String TEXT = "Content-Type: text/plain\n\nok";

    @TempDir
    Path directory;

    private final Recorder recorder = new Recorder();
    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    /** Keeps what it hears. */
    private static class Recorder implements WagiListener {
        final List<RequestStarted> started = Collections.synchronizedList(new ArrayList<>());
        final List<RequestEnded> ended = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void requestStarted(RequestStarted event) {
            started.add(event);
        }

        @Override
        public void requestEnded(RequestEnded event) {
            ended.add(event);
        }
    }

    /** Hears ends only. */
    private static final class Ends implements WagiListener {
        final List<RequestEnded> ended = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void requestEnded(RequestEnded event) {
            ended.add(event);
        }
    }

    private Path guest(String name, String output, String then) {
        return Guests.wat(directory, name, Guests.printing(output, then));
    }

    private Wagi.Builder everything() {
        return Wagi.builder()
                .keepGoing(true)
                .addListener(recorder)
                .addModule(m -> m.route("/hello/...").name("hello").source(Guests.sample("hello")))
                .addModule(m -> m.route("/get").methods("GET").source(Guests.sample("hello")))
                .addModule(m -> m.route("/trap").source(guest("trap", "", "unreachable")))
                .addModule(m -> m.route("/late-trap").source(guest("late", TEXT + "x".repeat(50_000), "unreachable")))
                .addModule(m -> m.route("/silent").source(guest("silent", "", "")))
                .addModule(m -> m.route("/code")
                        .contentType("text/plain")
                        .source(guest("code", "", "(call $exit (i32.const 3))")))
                .addModule(m -> m.route("/slow")
                        .source(guest("slow", "", LOOP))
                        .limits(l -> l.withTimeout(Duration.ofSeconds(1))))
                .addModule(m -> m.route("/body")
                        .source(Guests.sample("env"))
                        .limits(l -> l.withMaxRequestBodyBytes(4).withMaxRequestHeaders(3)))
                .addModule(m -> m.route("/lost").source(guest("lost", "Location: /hello/there\n\n", "")))
                .addModule(m -> m.route("/lost-trap").source(guest("lost-trap", "Location: /trap\n\n", "")))
                .addModule(m -> m.route("/lost-missing").source(guest("lost-missing", "Location: /missing\n\n", "")))
                .addModule(m -> m.route("/jail")
                        .source(guest("jail", "Location: /get\n\n", ""))
                        .localRedirects())
                .addModule(m -> m.route("/missing").source(directory.resolve("missing.wasm")));
    }

    private static WagiRequest request(String what, String target) {
        WagiRequest.Builder builder = WagiRequest.builder(what.equals("post") ? "POST" : "GET", target);
        switch (what) {
            case "malformed" -> builder.addHeader("Host", "a b");
            case "long" -> builder.body("12345".getBytes(StandardCharsets.US_ASCII));
            case "chunked long" ->
                builder.body(new ByteArrayInputStream("12345".getBytes(StandardCharsets.US_ASCII)), -1);
            case "broken" -> builder.body(new ByteArrayInputStream(new byte[1]), 3);
            case "fields" ->
                builder.addHeader("A", "1")
                        .addHeader("B", "2")
                        .addHeader("C", "3")
                        .addHeader("D", "4");
            default -> {
                // as it is
            }
        }
        return builder.build();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            get          | /hello/a/b?c=d | 200 | ANSWERED           | hello   | /hello/... | 0
            get          | /lost          | 200 | ANSWERED           | hello   | /hello/... | 0
            get          | /lost-trap     | 502 | TRAP               | trap    | /trap      | -
            get          | /lost-missing  | 503 | OUT_OF_SERVICE     | missing | /missing   | -
            get          | /healthz       | 200 | HEALTH_CHECK       | -       | -          | -
            malformed    | /hello         | 400 | MALFORMED          | -       | -          | -
            get          | /nowhere       | 404 | NOT_FOUND          | -       | -          | -
            post         | /get           | 405 | METHOD_NOT_ALLOWED | -       | -          | -
            broken       | /body          | 400 | BODY_BROKEN        | env     | /body      | -
            long         | /body          | 413 | BODY_TOO_LONG      | env     | /body      | -
            chunked long | /body          | 413 | BODY_TOO_LONG      | env     | /body      | -
            fields       | /body          | 431 | TOO_MANY_HEADERS   | env     | /body      | -
            get          | /trap          | 502 | TRAP               | trap    | /trap      | -
            get          | /late-trap     | 200 | TRAP               | late    | /late-trap | -
            get          | /silent        | 502 | INVALID_RESPONSE   | silent  | /silent    | 0
            get          | /code          | 502 | EXIT_CODE          | code    | /code      | 3
            get          | /slow          | 504 | TIMEOUT            | slow    | /slow      | -
            get          | /jail          | 502 | BAD_REDIRECT       | jail    | /jail      | 0
            get          | /missing       | 503 | OUT_OF_SERVICE     | missing | /missing   | -
            """)
    void everyRequestIdOfAClient_endsWithAnEvent(
            String what,
            String target,
            int status,
            RequestOutcome outcome,
            String module,
            String route,
            Integer exitCode)
            throws Exception {
        List<String> ids = new ArrayList<>();
        try (Wagi wagi = everything().build()) {
            WagiRequest waiting = request(what, target);
            MemorySink sync = new MemorySink();
            wagi.handle(request(what, target), sync);
            if (outcome != RequestOutcome.TRAP || status != 200) {
                ids.add(id(sync.response()));
            }
            Sink async = new Sink();
            wagi.handle(waiting, async, executor);
            async.over.get(30, TimeUnit.SECONDS);
            ids.add(async.headers.first("X-Request-Id").orElseThrow());
        }
        assertThat(recorder.ended).hasSize(2).allSatisfy(event -> {
            assertThat(event.outcome()).isEqualTo(outcome);
            assertThat(event.status()).isEqualTo(status);
            assertThat(event.module().orElse(null)).isEqualTo(module);
            assertThat(event.route().orElse(null)).isEqualTo(route);
            assertThat(event.exitCode().stream().boxed().findFirst().orElse(null))
                    .isEqualTo(exitCode);
            assertThat(event.target()).isEqualTo(target);
            assertThat(event.isBrokenOff()).isEqualTo(status == 200 && outcome == RequestOutcome.TRAP);
            assertThat(event.guestTime().plus(event.queueTime())).isLessThanOrEqualTo(event.totalTime());
        });
        assertThat(recorder.ended.stream().map(WagiListener.RequestEnded::requestId))
                .containsAll(ids);
        assertThat(recorder.started.stream().map(WagiListener.RequestStarted::requestId))
                .containsExactlyElementsOf(recorder.ended.stream()
                        .map(WagiListener.RequestEnded::requestId)
                        .toList());
    }

    private static String id(WagiResponse response) {
        return response.headers().first("X-Request-Id").orElseThrow();
    }

    @Test
    void requestEnded_ofAGuest_hasBytesAndInstance() {
        try (Wagi wagi = Wagi.builder()
                .addListener(recorder)
                .addModule(m -> m.route("/").source(Guests.sample("env")))
                .build()) {
            for (long length : new long[] {5, -1}) {
                WagiResponse response = wagi.handle(WagiRequest.builder("POST", "/")
                        .body(new ByteArrayInputStream("12345".getBytes(StandardCharsets.US_ASCII)), length)
                        .build());
                WagiListener.RequestEnded event = recorder.ended.get(recorder.ended.size() - 1);

                assertThat(event.bytesIn()).isEqualTo(5);
                assertThat(event.bytesOut()).isEqualTo(response.body().length);
                assertThat(event.reused()).contains(length < 0);
                assertThat(event.guestTime()).isPositive();
            }
        }
    }

    @Test
    void requestEnded_hostStopped_isStopping() {
        Wagi wagi = everything().build();
        wagi.close();

        WagiResponse response = wagi.handle(WagiRequest.get("/hello"));

        assertThat(response.status()).isEqualTo(503);
        assertThat(recorder.ended).singleElement().satisfies(event -> {
            assertThat(event.outcome()).isEqualTo(RequestOutcome.STOPPING);
            assertThat(event.requestId()).isEqualTo(id(response));
        });
    }

    @Test
    void requestEnded_clientGone_saysSo() {
        try (Wagi wagi = everything().build()) {
            wagi.handle(WagiRequest.get("/hello"), new Sink() {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    throw new IOException("gone");
                }
            });
        }
        assertThat(recorder.ended).singleElement().satisfies(event -> {
            assertThat(event.outcome()).isEqualTo(RequestOutcome.CLIENT_GONE);
            assertThat(event.isBrokenOff()).isTrue();
        });
    }

    @Test
    void requestEnded_queue_isMeasuredAndRefused() throws Exception {
        Gated body = new Gated();
        try (Wagi wagi = Wagi.builder()
                .addListener(recorder)
                .addModule(m -> m.route("/")
                        .source(Guests.sample("env"))
                        .limits(l -> l.withMaxConcurrency(1).withMaxQueue(1)))
                .build()) {
            Sink first = new Sink();
            wagi.handle(WagiRequest.builder("POST", "/").body(body, 1).build(), first, executor);
            body.asked.await();
            Sink second = new Sink();
            wagi.handle(WagiRequest.get("/"), second, executor);
            assertThat(wagi.usage().toString()).contains("active=2, running=1, waiting=1");
            ModuleUsage usage = wagi.usage().modules().get(0);
            assertThat(usage.running()).isEqualTo(1);
            assertThat(usage.waiting()).isEqualTo(1);
            assertThat(usage.instancesInUse()).isEqualTo(1);
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(503);
            body.open.countDown();
            first.over.get(30, TimeUnit.SECONDS);
            second.over.get(30, TimeUnit.SECONDS);
        }
        assertThat(recorder.ended.stream()
                        .map(event -> event.outcome() + " " + !event.queueTime().isZero()))
                .contains("QUEUE_FULL true")
                .filteredOn(text -> text.equals("ANSWERED true"))
                .hasSize(2);
    }

    /** A body of one byte that comes when it is let. */
    private static final class Gated extends InputStream {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);

        @Override
        public int read() throws IOException {
            asked.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return 'x';
        }
    }

    @Test
    void tryHandle_listenerOfEnds_hearsOfAttemptsThatCount() {
        Ends ends = new Ends();
        try (Wagi wagi = everything().listener(ends).build()) {
            WagiRequest request = WagiRequest.get("/hello");
            for (int i = 0; i < 1000 && !wagi.tryHandle(request, new Sink()); i++) {
                int before = ends.ended.size();
                wagi.handle(request);
                assertThat(ends.ended).hasSize(before + 1);
            }
            assertThat(ends.ended).last().satisfies(event -> {
                assertThat(event.reused()).contains(true);
                assertThat(event.exitCode()).hasValue(0);
            });
            assertThat(recorder.ended).isEmpty();
        }
    }

    @Test
    void tryHandle_listenerOfStarts_isNotTried() {
        try (Wagi wagi = everything().build()) {
            assertThat(wagi.tryHandle(WagiRequest.get("/nowhere"), new Sink())).isFalse();
        }
        assertThat(recorder.started).isEmpty();
    }

    @Test
    void listeners_oneFails_othersAndTheRequestGoOn() {
        WagiListener failing = new WagiListener() {
            @Override
            public void requestEnded(RequestEnded event) {
                throw new IllegalStateException("a listener of the test");
            }

            @Override
            public void moduleLoaded(ModuleLoaded event) {
                throw new IllegalStateException("a listener of the test");
            }
        };
        try (Wagi wagi = everything().listener(failing).addListener(recorder).build()) {
            assertThat(wagi.handle(WagiRequest.get("/hello")).status()).isEqualTo(200);
        }
        assertThat(recorder.ended).hasSize(1);
    }

    @Test
    void guestLogged_andRequestWarned_sayWhatTheLogSays() {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        List<String> logged = Collections.synchronizedList(new ArrayList<>());
        Path talking = Guests.wat(
                directory,
                "talking",
                Guests.printing(
                        "X: one\n<b>\u0007two",
                        "(call $write (i32.const 2) (i32.const 1024) (i32.const 14)) unreachable"));
        try (Wagi wagi = Wagi.builder()
                .guestLog((module, id, line) -> logged.add(module + " " + id + " " + line))
                .addListener(new WagiListener() {
                    @Override
                    public void guestLogged(GuestLogged event) {
                        heard.add(event.module() + " " + event.requestId() + " " + event.line());
                    }

                    @Override
                    public void requestWarned(RequestWarned event) {
                        heard.add(event.module() + " " + event.requestId() + " "
                                + event.text().lines().findFirst().orElseThrow());
                    }
                })
                .addModule(m -> m.route("/").name("talking").source(talking))
                .build()) {
            String id = wagi.handle(WagiRequest.builder("GET", "/").build())
                    .headers()
                    .first("X-Request-Id")
                    .orElseThrow();

            assertThat(logged).containsExactly("talking " + id + " X: one", "talking " + id + " <b>\\x07two");
            assertThat(heard)
                    .hasSize(3)
                    .containsAll(logged)
                    .anyMatch(text -> text.startsWith("talking " + id + " trapped: "));
        }
    }

    /** A listener that asks for nothing costs what none costs; one that asks shows that this can be seen. */
    @Test
    void listeners_notInterested_costNothing() {
        long none = bytesOfARequest(Wagi.builder());
        long indifferent = bytesOfARequest(Wagi.builder().addListener(new WagiListener() {}));
        long interested = bytesOfARequest(Wagi.builder().addListener(new Ends()));

        assertThat(indifferent).isEqualTo(none);
        assertThat(interested).isGreaterThan(none);
        assertThat(new Listeners(List.of(new WagiListener() {})).wantRequests()).isFalse();
        assertThat(new Listeners(List.of(new Recorder() {})).wantStarts()).isTrue();
    }

    /** The least of some thousand: what a compiler or another test adds is not in it. */
    private static long bytesOfARequest(Wagi.Builder builder) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        WagiRequest request = WagiRequest.get("/nowhere");
        Sink sink = new Sink();
        long least = Long.MAX_VALUE;
        try (Wagi wagi = builder.addModule(m -> m.route("/hello").source(Guests.sample("hello")))
                .build()) {
            for (int i = 0; i < 3000; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                wagi.handle(request, sink);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
        }
        return least;
    }

    @Test
    void usage_instances_areCountedOverAReload() {
        try (Wagi wagi = everything().build()) {
            for (int i = 0; i < 3; i++) {
                wagi.handle(WagiRequest.get("/hello"));
            }
            wagi.handle(WagiRequest.get("/trap"));
            ModuleUsage hello = module(wagi, "hello");
            assertThat(hello.instancesCreated()).isEqualTo(1);
            assertThat(hello.instancesReused()).isEqualTo(2);
            assertThat(hello.instancesPooled()).isEqualTo(1);
            assertThat(hello.instancesInUse()).isZero();
            assertThat(hello.pooledBytes())
                    .isPositive()
                    .isLessThanOrEqualTo(wagi.usage().pooledBytes());
            assertThat(module(wagi, "trap").instancesDiscarded(Discard.FAILED)).isEqualTo(1);

            wagi.reload(everything());

            assertThat(module(wagi, "hello").instancesPooled()).isEqualTo(1);
            assertThat(module(wagi, "hello").instancesDiscarded(Discard.CLOSED)).isZero();

            wagi.reload(everything().limits(l -> l.withMaxMemoryBytes(32 << 20)));

            assertThat(module(wagi, "hello").instancesPooled()).isZero();
            assertThat(module(wagi, "hello").instancesDiscarded(Discard.CLOSED)).isEqualTo(1);
            assertThat(module(wagi, "hello").instancesReused()).isEqualTo(2);
            assertThat(wagi.usage().active()).isZero();
            assertThat(wagi.usage().abandonedThreads()).isZero();
        }
    }

    private static ModuleUsage module(Wagi wagi, String name) {
        return wagi.usage().modules().stream()
                .filter(module -> module.module().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void moduleLoaded_saysWhetherItWasCached() {
        List<Boolean> cached = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Wagi.builder()
                    .compileCache(directory.resolve("cache"))
                    .addListener(new WagiListener() {
                        @Override
                        public void moduleLoaded(ModuleLoaded event) {
                            cached.add(event.isCached());
                        }
                    })
                    .addModule(m -> m.route("/hello").source(Guests.sample("hello")))
                    .build()
                    .close();
        }
        assertThat(cached).containsExactly(false, true);
    }

    /** Takes a response. */
    private static class Sink implements ResponseSink {
        final CompletableFuture<Integer> over = new CompletableFuture<>();
        volatile Headers headers = Headers.none();
        private volatile int status;

        @Override
        public void start(int code, Headers fields, long contentLength) {
            status = code;
            headers = fields;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            // Its length is in the event.
        }

        @Override
        public void flush() {
            // Nothing is held back.
        }

        @Override
        public void end() {
            over.complete(status);
        }

        @Override
        public void abort() {
            over.complete(-1);
        }
    }
}
