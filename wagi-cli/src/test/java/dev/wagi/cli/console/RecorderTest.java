// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener.LimitReached;
import dev.wagi.core.api.WagiListener.RequestEnded;
import dev.wagi.core.api.WagiListener.RequestWarned;
import dev.wagi.core.api.WagiRequest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept of requests. */
class RecorderTest {

    private final Recorder recorder = new Recorder(Clock.systemUTC(), () -> 0);

    private static RequestEnded.Builder ended(String id, String target, RequestOutcome outcome) {
        return RequestEnded.builder(id, WagiRequest.builder("GET", target).build(), outcome);
    }

    @Test
    void trap_hasItsTextAndItsRequest_withoutTheQuery() {
        recorder.requestWarned(RequestWarned.of("m", "r1", "trapped: unreachable\n  at f"));
        recorder.requestEnded(ended("r1", "/caf\u00c3\u00a9/\u00ff?token=secret", RequestOutcome.TRAP)
                .module("m", "/...")
                .response(502, false)
                .build());

        assertThat(recorder.errors("m")).singleElement().satisfies(note -> {
            assertThat(note.request()).isEqualTo("GET /café/\ufffd");
            assertThat(note.text()).isEqualTo("trapped: unreachable\n  at f");
        });
        assertThat(recorder.reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.reason()).isEqualTo("trap");
            assertThat(reason.requestId()).isEqualTo("r1");
        });
    }

    @ParameterizedTest
    @CsvSource({"QUEUE_FULL", "QUEUE_TIMEOUT"})
    void overload_leavesOtherErrors(RequestOutcome outcome) {
        recorder.requestWarned(RequestWarned.of("m", "r", "trapped: unreachable"));
        for (int i = 0; i < 1000; i++) {
            recorder.requestEnded(ended("q" + i, "/", outcome)
                    .module("m", "/...")
                    .response(503, false)
                    .build());
        }

        assertThat(recorder.errors("m"))
                .hasSizeLessThan(20)
                .extracting(Notes.Note::requestId)
                .contains("r", "q999");
        assertThat(recorder.reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason.count()).isEqualTo(1000));
    }

    @Test
    void ownStatus500_isAnError_404IsNone() {
        recorder.requestEnded(ended("r1", "/", RequestOutcome.ANSWERED)
                .module("m", "/")
                .response(503, false)
                .build());
        recorder.requestEnded(ended("r2", "/", RequestOutcome.ANSWERED)
                .module("m", "/")
                .response(404, false)
                .build());
        recorder.requestEnded(
                ended("r3", "/x", RequestOutcome.NOT_FOUND).response(404, false).build());

        assertThat(recorder.errors("m")).extracting(Notes.Note::text).containsExactly("answered 503");
        assertThat(recorder.errors(Recorder.NO_MODULE)).isEmpty();
        assertThat(recorder.traffic().count()).isEqualTo(3);
        assertThat(recorder.traffic().failures()).isEqualTo(1);
    }

    /** What the host says of such a request is no failure of its module. */
    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, 404",
        "METHOD_NOT_ALLOWED, 405",
        "MALFORMED, 400",
        "BODY_BROKEN, 400",
        "BODY_TOO_SLOW, 408",
        "BODY_TOO_LONG, 413",
        "TOO_MANY_HEADERS, 431",
        "CLIENT_GONE, 200",
        "CLIENT_GONE, 0",
    })
    void whatAnyoneCanCause_isAReason_andPushesNoErrorOut(RequestOutcome outcome, int status) {
        recorder.requestWarned(RequestWarned.of("m", "r", "trapped: unreachable"));
        for (int i = 0; i < 50; i++) {
            recorder.requestEnded(ended("r" + i, "/", outcome)
                    .module("m", "/")
                    .response(status, false)
                    .build());
        }

        assertThat(recorder.errors("m")).extracting(Notes.Note::text).containsExactly("trapped: unreachable");
        assertThat(recorder.traffic().failures()).isZero();
        assertThat(recorder.reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.reason())
                    .isEqualTo(outcome.name().toLowerCase(Locale.ROOT).replace('_', ' '));
            assertThat(reason.count()).isEqualTo(50);
        });
    }

    @Test
    void exitCode_isKeptOfWhatIsWatched() {
        recorder.watch("r1");
        assertThat(recorder.exitCode("r1")).isNull();
        for (String id : List.of("r1", "r2")) {
            recorder.requestEnded(ended(id, "/", RequestOutcome.ANSWERED)
                    .module("m", "/")
                    .response(200, false)
                    .exitCode(7)
                    .build());
        }

        assertThat(recorder.exitCode("r1")).isEqualTo(7);
        assertThat(recorder.exitCode("r2")).isNull();
        recorder.forget("r1");
        assertThat(recorder.exitCode("r1")).isNull();
    }

    @Test
    void longPath_isCut() {
        recorder.requestEnded(ended("r1", "/" + "x".repeat(100_000), RequestOutcome.STOPPING)
                .response(503, false)
                .build());

        assertThat(recorder.errors(Recorder.NO_MODULE))
                .singleElement()
                .satisfies(note -> assertThat(note.request())
                        .hasSize("GET /".length() + 200)
                        .endsWith("x…"));
    }

    @Test
    void routesAndReasons_areBounded_andForgottenWhenTheyAreNotConfigured() {
        for (int i = 0; i < 5000; i++) {
            recorder.requestEnded(ended("r", "/", RequestOutcome.ANSWERED)
                    .module("m", "/" + i)
                    .response(200, false)
                    .build());
            recorder.limitReached(LimitReached.of("m" + i, "r", "timeout"));
        }

        assertThat(recorder.traffic(new Recorder.Key("m", "/999"))).isNotNull();
        assertThat(recorder.traffic(new Recorder.Key("m", "/1000"))).isNull();
        assertThat(recorder.traffic().count()).isEqualTo(5000);
        assertThat(recorder.reasons()).hasSize(2000);

        try (Wagi wagi = hello("m", "/7")) {
            recorder.retain(Map.of("", wagi));
        }

        assertThat(recorder.traffic(new Recorder.Key("m", "/7"))).isNotNull();
        assertThat(recorder.traffic(new Recorder.Key("m", "/8"))).isNull();
        assertThat(recorder.reasons()).isEmpty();
    }

    /** A node has new pods every day, and nobody may have looked since the last ones. */
    @Test
    void moreModulesThanThereIsRoomFor_thoseThatAreGoneMakeRoom() {
        try (Wagi wagi = hello("here", "/here")) {
            AtomicLong time = new AtomicLong();
            Recorder recorder = new Recorder(Clock.systemUTC(), () -> time.addAndGet(1_000_000_000));
            recorder.hosts(() -> Map.of("", wagi));
            for (int i = 0; i < 3000; i++) {
                recorder.requestEnded(ended("r" + i, "/", RequestOutcome.TRAP)
                        .module("gone-" + i, "/gone")
                        .build());
            }
            recorder.requestEnded(ended("last", "/", RequestOutcome.TRAP)
                    .module("here", "/here")
                    .build());

            assertThat(recorder.traffic(new Recorder.Key("here", "/here"))).isNotNull();
            assertThat(recorder.reasons()).extracting(Snapshot.Reason::module).contains("here");
        }
    }

    private static Wagi hello(String name, String route) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route(route).name(name).source(Path.of("../samples/modules/hello/hello.wasm")))
                .build();
    }
}
