// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiListener.GuestEnded;
import dev.wagi.core.api.WagiListener.GuestStarted;
import io.micrometer.core.instrument.binder.http.Outcome;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The observation of one run of a guest, and of its request if nothing else observes that. The run is observed as a
 * call: what a tracer writes for the receiver is what the guest sees. For the thread of the guest.
 */
final class GuestObservation {

    private static final String RUN = "wagi.guest";
    private static final String REQUEST = "wagi.request";

    private static final String PARENT = "traceparent";
    private static final String STATE = "tracestate";

    private final ObservationRegistry registry;
    private final GuestStarted event;
    private final @Nullable GuestObservation outer;
    private final @Nullable Observation request;
    private final Observation run;
    private final Observation.Scope scope;
    private final Headers fields;

    private GuestObservation(
            ObservationRegistry registry,
            GuestStarted event,
            @Nullable GuestObservation outer,
            @Nullable Observation request,
            Observation run,
            Observation.Scope scope,
            Headers fields) {
        this.registry = registry;
        this.event = event;
        this.outer = outer;
        this.request = request;
        this.run = run;
        this.scope = scope;
        this.fields = fields;
    }

    /** Starts the observation and makes it current. */
    static GuestObservation start(ObservationRegistry registry, GuestStarted event, @Nullable GuestObservation outer) {
        Observation parent = registry.getCurrentObservation();
        Observation request = null;
        if (parent == null) {
            ReceiverContext<Headers> received =
                    new ReceiverContext<>((headers, name) -> headers.first(name).orElse(null), Kind.SERVER);
            received.setCarrier(event.headers());
            request = describe(Observation.createNotStarted(REQUEST, () -> received, registry), event)
                    .contextualName(Labels.method(event.method()) + " " + event.route())
                    .start();
            parent = request;
        }
        SenderContext<TraceFields> call = new SenderContext<>(
                (carrier, name, value) -> {
                    if (carrier != null) {
                        carrier.set(name, value);
                    }
                },
                Kind.CLIENT);
        TraceFields trace = new TraceFields();
        call.setCarrier(trace);
        call.setRemoteServiceName(event.module());
        Observation run = describe(Observation.createNotStarted(RUN, () -> call, registry), event)
                .contextualName("wagi " + Labels.method(event.method()).toLowerCase(Locale.ROOT) + " " + event.route())
                .parentObservation(parent)
                .start();
        return new GuestObservation(registry, event, outer, request, run, run.openScope(), trace.over(event.headers()));
    }

    /** What a tracer says of the call. Its baggage is the application's, and not for guests. */
    private static final class TraceFields {
        private @Nullable String parent;
        private @Nullable String state;

        void set(String name, String value) {
            if (name.equalsIgnoreCase(PARENT)) {
                parent = value;
            } else if (name.equalsIgnoreCase(STATE)) {
                state = value;
            }
        }

        /** Returns what replaces the client's fields; its state must not go with another trace. */
        Headers over(Headers sent) {
            if (parent == null) {
                return Headers.none();
            }
            if (state == null && sent.contains(STATE)) {
                return Headers.of(PARENT, parent, STATE, "");
            }
            return state == null ? Headers.of(PARENT, parent) : Headers.of(PARENT, parent, STATE, state);
        }
    }

    private static Observation describe(Observation observation, GuestStarted event) {
        return observation
                .lowCardinalityKeyValue("http.route", event.route())
                .lowCardinalityKeyValue("method", Labels.method(event.method()))
                .lowCardinalityKeyValue("module", event.module());
    }

    /** Returns whether it is the one of this run in this registry. */
    boolean is(ObservationRegistry other, GuestStarted start) {
        return registry == other && event == start;
    }

    /** Returns the run in which this one happens, on the same thread. */
    @Nullable
    GuestObservation outer() {
        return outer;
    }

    /** Returns the fields that the guest sees in place of the client's. */
    Headers fields() {
        return fields;
    }

    /** Ends it. */
    void end(GuestEnded how) {
        scope.close();
        end(run, how);
        if (request != null) {
            end(request, how);
        }
    }

    private static void end(Observation observation, GuestEnded how) {
        String status = Labels.status(how.status());
        String error = how.outcome()
                .map(outcome -> Labels.error(outcome, how.status(), status))
                .orElse(Labels.NONE);
        observation
                .lowCardinalityKeyValue("status", status)
                .lowCardinalityKeyValue(
                        "outcome",
                        how.status() == 0
                                ? "UNKNOWN"
                                : Outcome.forStatus(how.status()).name())
                .lowCardinalityKeyValue("error.type", error);
        if (!error.equals(Labels.NONE) && !isFaultOfTheClient(how)) {
            observation.error(new GuestFailure(error));
        }
        observation.stop();
    }

    private static boolean isFaultOfTheClient(GuestEnded how) {
        return switch (how.outcome().orElseThrow()) {
            case BODY_BROKEN, BODY_TOO_SLOW, BODY_TOO_LONG, CLIENT_GONE -> true;
            default -> false;
        };
    }

    /** What observations know of a failure; its text is a value of {@code error.type}. */
    static final class GuestFailure extends Exception {
        private static final long serialVersionUID = 1L;

        GuestFailure(String error) {
            super(error, null, false, false);
        }
    }
}
