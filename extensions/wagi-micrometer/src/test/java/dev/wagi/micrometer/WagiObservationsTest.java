// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is observed of guests, and what OpenTelemetry makes of it. */
class WagiObservationsTest {

    private static final Path SAMPLES = Path.of(System.getProperty("wagi.root", "../.."), "samples/modules");

    /** A trace of a client. */
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    private static final String CLIENT = "00-" + TRACE + "-b7ad6b7169203331-01";

    @TempDir
    Path directory;

    private Wagi host(WagiListener... listeners) {
        Wagi.Builder builder = Wagi.builder()
                .addModule(m -> m.route("/env/...").name("env").source(SAMPLES.resolve("env/env.wasm")))
                .addModule(m -> m.route("/trap").name("trap").source(guest("trap", "", "unreachable")))
                .addModule(m -> m.route("/own")
                        .name("own")
                        .source(guest("own", "Status: 503\nContent-Type: text/plain\n\n", "")))
                .addModule(m -> m.route("/lost").name("lost").source(guest("lost", "Location: /env/there\n\n", "")));
        for (WagiListener listener : listeners) {
            builder.addListener(listener);
        }
        return builder.build();
    }

    private Path guest(String name, String output, String then) {
        return PrintingGuest.write(directory, name, output, then);
    }

    private static String env(Wagi wagi, WagiRequest request) {
        WagiResponse response = wagi.handle(request);
        assertThat(response.status()).isEqualTo(200);
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET     | /env/a/b | wagi.guest {error.type=none, http.route=/env/..., method=GET, module=env, outcome=SUCCESS, status=200}
            ODD     | /env/a   | wagi.guest {error.type=none, http.route=/env/..., method=_OTHER, module=env, outcome=SUCCESS, status=200}
            GET     | /trap    | wagi.guest {error.type=trap, http.route=/trap, method=GET, module=trap, outcome=SERVER_ERROR, status=502} trap
            GET     | /own     | wagi.guest {error.type=503, http.route=/own, method=GET, module=own, outcome=SERVER_ERROR, status=503} 503
            GET     | /lost    | wagi.guest {error.type=none, http.route=/lost, method=GET, module=lost, outcome=UNKNOWN, status=none}, wagi.guest {error.type=none, http.route=/env/..., method=GET, module=env, outcome=SUCCESS, status=200}
            GET     | /nowhere | none
            GET     | /healthz | none
            """)
    void everyRun_isObservedWithFewValues(String method, String target, String expected) {
        TestObservationRegistry registry = TestObservationRegistry.create();
        List<String> seen = new ArrayList<>();
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                Map<String, String> values = new TreeMap<>();
                context.getLowCardinalityKeyValues().forEach(pair -> values.put(pair.getKey(), pair.getValue()));
                Throwable error = context.getError();
                seen.add(context.getName() + " " + values + (error == null ? "" : " " + error.getMessage()));
                assertThat(context.getHighCardinalityKeyValues()).isEmpty();
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return context.getName().startsWith("wagi.");
            }
        });
        try (Wagi wagi = host(new WagiObservations(registry))) {
            Observation parent = Observation.createNotStarted("http.server.requests", registry);
            parent.observe(() -> {
                wagi.handle(WagiRequest.builder(method, target).build());
                assertThat(registry.getCurrentObservation()).isSameAs(parent);
            });
        }
        assertThat(seen.isEmpty() ? "none" : String.join(", ", seen)).isEqualTo(expected);
    }

    @Test
    void observationOfTheRequest_isTheParent_orMadeIfThereIsNone() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        try (Wagi wagi = host(new WagiObservations(registry))) {
            wagi.handle(WagiRequest.get("/env/a"));
        }
        TestObservationRegistryAssert.assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo("wagi.request", 1)
                .hasObservationWithNameEqualTo("wagi.guest")
                .that()
                .hasContextualNameEqualTo("wagi get /env/...")
                .hasParentObservationContextMatching(parent -> parent.getName().equals("wagi.request"))
                .hasBeenStopped();
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void registryWithoutHandlers_guestSeesWhatTheClientSent() {
        try (Wagi wagi = host(
                new WagiObservations(ObservationRegistry.create()), new WagiObservations(ObservationRegistry.NOOP))) {
            assertThat(env(
                            wagi,
                            WagiRequest.builder("GET", "/env")
                                    .addHeader("traceparent", CLIENT)
                                    .build()))
                    .contains("HTTP_TRACEPARENT=" + CLIENT);
        }
    }

    /** A registry as Spring Boot sets it up for OpenTelemetry. */
    private static final class Traced implements AutoCloseable {
        final InMemorySpanExporter spans = InMemorySpanExporter.create();
        final SdkTracerProvider provider = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(spans))
                .build();
        final ObservationRegistry registry = ObservationRegistry.create();

        Traced() {
            Tracer otel = provider.get("test");
            OtelTracer tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), event -> {});
            OtelPropagator propagator = new OtelPropagator(
                    ContextPropagators.create(TextMapPropagator.composite(
                            W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance())),
                    otel);
            registry.observationConfig()
                    .observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
                            new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                            new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                            new DefaultTracingObservationHandler(tracer)));
        }

        Map<String, SpanData> byName() {
            return spans.getFinishedSpanItems().stream()
                    .collect(Collectors.toMap(SpanData::getName, Function.identity()));
        }

        @Override
        public void close() {
            provider.close();
        }
    }

    private static String traceparent(SpanData span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-01";
    }

    @Test
    void tracer_noCurrentObservation_goesOnWithTheTraceOfTheClient() {
        try (Traced traced = new Traced();
                Wagi wagi = host(new WagiObservations(traced.registry))) {
            String seen = env(
                    wagi,
                    WagiRequest.builder("GET", "/env/a")
                            .addHeader("traceparent", CLIENT)
                            .addHeader("tracestate", "vendor=1")
                            .addHeader("baggage", "user=ann")
                            .build());

            SpanData request = traced.byName().get("GET /env/...");
            SpanData guest = traced.byName().get("wagi get /env/...");
            assertThat(request.getTraceId()).isEqualTo(TRACE);
            assertThat(request.getParentSpanId()).isEqualTo("b7ad6b7169203331");
            assertThat(request.getKind()).isEqualTo(SpanKind.SERVER);
            assertThat(guest.getParentSpanId()).isEqualTo(request.getSpanId());
            assertThat(seen)
                    .contains(
                            "HTTP_TRACEPARENT=" + traceparent(guest),
                            "HTTP_TRACESTATE=vendor=1",
                            "HTTP_BAGGAGE=user=ann")
                    .doesNotContain(CLIENT);
        }
    }

    @Test
    void tracer_currentObservation_guestSeesItsTraceAndNothingElseOfTheClients() {
        try (Traced traced = new Traced();
                Wagi wagi = host(new WagiObservations(traced.registry))) {
            String seen = Observation.start("outer", traced.registry)
                    .observe(() -> env(
                            wagi,
                            WagiRequest.builder("GET", "/env/a")
                                    .addHeader("traceparent", CLIENT)
                                    .addHeader("tracestate", "vendor=1")
                                    .build()));

            SpanData outer = traced.byName().get("outer");
            SpanData guest = traced.byName().get("wagi get /env/...");
            assertThat(guest.getParentSpanId()).isEqualTo(outer.getSpanId());
            assertThat(guest.getTraceId()).isEqualTo(outer.getTraceId()).isNotEqualTo(TRACE);
            assertThat(seen).contains("HTTP_TRACEPARENT=" + traceparent(guest)).doesNotContain("vendor=1", TRACE);
        }
    }

    @Test
    void tracer_guestTraps_spanHasTheError() {
        try (Traced traced = new Traced();
                Wagi wagi = host(new WagiObservations(traced.registry))) {
            wagi.handle(WagiRequest.get("/trap"));

            SpanData guest = traced.byName().get("wagi get /trap");
            assertThat(guest.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(guest.getStatus().getDescription()).isEqualTo("trap");
        }
    }

    /**
     * An instrumented client of the guest's outbound requests finds the run; one that calls this host has a run in a
     * run.
     */
    @Test
    void tracer_runInARun_isItsChild() {
        try (Traced traced = new Traced()) {
            WagiObservations observations = new WagiObservations(traced.registry);
            AtomicReference<Wagi> inner = new AtomicReference<>();
            WagiListener caller = new WagiListener() {
                @Override
                public Headers guestStarted(GuestStarted event) {
                    Wagi once = inner.getAndSet(null);
                    if (once != null) {
                        once.handle(WagiRequest.get("/env/inner"));
                    }
                    return Headers.none();
                }
            };
            try (Wagi wagi = host(observations, caller)) {
                inner.set(wagi);
                wagi.handle(WagiRequest.get("/own"));
            }
            SpanData outer = traced.byName().get("wagi get /own");
            SpanData nested = traced.byName().get("wagi get /env/...");
            assertThat(nested.getParentSpanId()).isEqualTo(outer.getSpanId());
        }
    }
}
