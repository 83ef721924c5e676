// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.request.MemorySink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What listeners hear of the runs of guests, and what they can change. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class GuestEventsTest {

    private static final String TEXT = "Content-Type: text/plain\n\nok";

    @TempDir
    Path directory;

    private final List<String> events = new ArrayList<>();

    /** Writes down what it hears, with the thread; all calls of a test are made by its own thread. */
    private class Recorder implements WagiListener {
        final String name;
        final Headers fields;

        Recorder(String name, Headers fields) {
            this.name = name;
            this.fields = fields;
        }

        @Override
        public Headers guestStarted(GuestStarted event) {
            events.add(name + "starts " + event.module() + " " + event.route() + " " + event.method());
            return fields;
        }

        @Override
        public void guestEnded(GuestEnded event) {
            events.add(name + "ended " + event.start().module() + " " + event.status() + " "
                    + event.outcome().map(RequestOutcome::name).orElse("-"));
        }

        @Override
        public void requestEnded(RequestEnded event) {
            events.add(name + "request " + event.outcome());
        }
    }

    private final Recorder recorder = new Recorder("", Headers.none());

    private Path guest(String name, String output, String then) {
        return Guests.wat(directory, name, Guests.printing(output, then));
    }

    private Wagi.Builder everything() {
        return Wagi.builder()
                .addModule(m -> m.route("/hello/...").name("hello").source(guest("hello", TEXT, "")))
                .addModule(m -> m.route("/env").source(Guests.sample("env")))
                .addModule(m -> m.route("/get").methods("GET").source(guest("get", TEXT, "")))
                .addModule(m -> m.route("/trap").source(guest("trap", "", "unreachable")))
                .addModule(m -> m.route("/late-trap").source(guest("late", TEXT + "x".repeat(50_000), "unreachable")))
                .addModule(m -> m.route("/slow")
                        .source(guest("slow", "", "(loop $l (br $l))"))
                        .limits(l -> l.withTimeout(Duration.ofSeconds(1))))
                .addModule(m -> m.route("/lost").source(guest("lost", "Location: /hello/there\n\n", "")))
                .addModule(m -> m.route("/round").source(guest("round", "Location: /nowhere\n\n", "")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET  | /hello/a   | starts hello /hello/... GET, ended hello 200 ANSWERED, request ANSWERED
            HEAD | /hello/a   | starts hello /hello/... HEAD, ended hello 200 ANSWERED, request ANSWERED
            GET  | /lost      | starts lost /lost GET, ended lost 0 -, starts hello /hello/... GET, ended hello 200 ANSWERED, request ANSWERED
            POST | /lost      | starts lost /lost POST, ended lost 0 -, starts hello /hello/... GET, ended hello 200 ANSWERED, request ANSWERED
            GET  | /round     | starts round /round GET, ended round 0 -, request NOT_FOUND
            GET  | /trap      | starts trap /trap GET, ended trap 502 TRAP, request TRAP
            GET  | /late-trap | starts late /late-trap GET, ended late 200 TRAP, request TRAP
            GET  | /slow      | starts slow /slow GET, ended slow 504 TIMEOUT, request TIMEOUT
            GET  | /nowhere   | request NOT_FOUND
            GET  | /healthz   | request HEALTH_CHECK
            POST | /get       | request METHOD_NOT_ALLOWED
            """)
    void everyRun_hasAStartAndAnEnd(String method, String target, String expected) {
        try (Wagi wagi = Guests.build(everything().addListener(recorder))) {
            wagi.handle(WagiRequest.builder(method, target).build());
        }
        assertThat(String.join(", ", events)).isEqualTo(expected);
    }

    @Test
    void guestEnded_clientGone_saysSo() {
        try (Wagi wagi = everything().addListener(recorder).build()) {
            wagi.handle(WagiRequest.get("/hello"), new ResponseSink() {
                @Override
                public void start(int status, Headers headers, long contentLength) {
                    // Nothing to do.
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    throw new IOException("gone");
                }

                @Override
                public void flush() {
                    // Nothing to do.
                }

                @Override
                public void end() {
                    // Nothing to do.
                }

                @Override
                public void abort() {
                    // Nothing to do.
                }
            });
        }
        assertThat(events)
                .containsExactly("starts hello /hello/... GET", "ended hello 200 CLIENT_GONE", "request CLIENT_GONE");
    }

    @Test
    void guestEnded_severalListeners_areNested() {
        try (Wagi wagi = everything()
                .addListener(new Recorder("1 ", Headers.none()))
                .addListener(new Recorder("2 ", Headers.none()))
                .build()) {
            wagi.handle(WagiRequest.get("/get"));
        }
        assertThat(events)
                .containsExactly(
                        "1 starts get /get GET",
                        "2 starts get /get GET",
                        "2 ended get 200 ANSWERED",
                        "1 ended get 200 ANSWERED",
                        "1 request ANSWERED",
                        "2 request ANSWERED");
    }

    @ParameterizedTest
    @CsvSource({"5", "-1"})
    void guestStarted_fields_replaceTheClientsForTheGuest(long length) {
        Headers fields = Headers.of("traceparent", "ours", "X-More", "more");
        List<String> redirected = new ArrayList<>();
        WagiListener listener = new Recorder("", fields) {
            @Override
            public Headers guestStarted(GuestStarted event) {
                redirected.addAll(event.headers().all("TraceParent"));
                return super.guestStarted(event);
            }
        };
        try (Wagi wagi = everything().addListener(listener).build()) {
            String seen = new String(
                    wagi.handle(WagiRequest.builder("POST", "/env")
                                    .addHeader("Traceparent", "the client's")
                                    .addHeader("X-Other", "other")
                                    .body(new ByteArrayInputStream("12345".getBytes(StandardCharsets.US_ASCII)), length)
                                    .build())
                            .body(),
                    StandardCharsets.UTF_8);

            assertThat(seen)
                    .contains("HTTP_TRACEPARENT=ours", "HTTP_X_MORE=more", "HTTP_X_OTHER=other", "CONTENT_LENGTH=5")
                    .doesNotContain("the client's");

            wagi.handle(WagiRequest.builder("GET", "/lost")
                    .addHeader("traceparent", "the client's")
                    .build());
        }
        // The second run of a request starts from what the client has sent, too.
        assertThat(redirected).containsExactly("the client's", "the client's", "the client's");
    }

    @Test
    void guestStarted_listenerFails_guestRunsAsTheClientAsked() {
        WagiListener failing = new WagiListener() {
            @Override
            public Headers guestStarted(GuestStarted event) {
                throw new IllegalStateException("a listener of the test");
            }

            @Override
            public void guestEnded(GuestEnded event) {
                throw new IllegalStateException("a listener of the test");
            }
        };
        try (Wagi wagi = everything().addListener(failing).addListener(recorder).build()) {
            assertThat(wagi.handle(WagiRequest.get("/hello")).status()).isEqualTo(200);
            assertThat(wagi.usage().running()).isZero();
        }
        assertThat(events)
                .containsExactly("starts hello /hello/... GET", "ended hello 200 ANSWERED", "request ANSWERED");
    }

    /** Such a run may be given up and repeated, which must not be heard as two. */
    @Test
    void tryHandle_listenerOfGuests_isNotTried() {
        WagiListener ends = new WagiListener() {
            @Override
            public void guestEnded(GuestEnded event) {
                events.add("ended");
            }
        };
        try (Wagi wagi = everything().addListener(ends).build()) {
            WagiRequest request = WagiRequest.get("/get");
            for (int i = 0; i < 10; i++) {
                wagi.handle(request);
            }
            assertThat(wagi.tryHandle(request, new MemorySink())).isFalse();
        }
        assertThat(events).hasSize(10);
    }
}
