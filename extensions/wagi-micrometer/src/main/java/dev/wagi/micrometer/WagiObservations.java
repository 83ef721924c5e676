// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiListener;
import io.micrometer.observation.ObservationRegistry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A listener that makes an observation of Micrometer for each run of a guest, which becomes a span where the registry
 * has handlers of Micrometer Tracing, for Brave or OpenTelemetry. Its parent is the observation that is current on the
 * thread of the guest. If there is none, an observation of the request is its parent, and carries on the trace of the
 * client. While the guest runs, its observation is current on its thread, so that an instrumented
 * {@link dev.wagi.core.api.OutboundHttpClient} finds it, and the guest sees its W3C {@code traceparent} and
 * {@code tracestate} in place of the client's.
 *
 * <p>All key values have low cardinality: none of them has what a client or a guest can choose freely. Add this to the
 * builder of the host. Thread-safe.
 *
 * @see <a href="https://docs.micrometer.io/micrometer/reference/observation.html">Micrometer Observation</a>
 */
public final class WagiObservations implements WagiListener {

    /**
     * The innermost run of each thread: a guest's outbound call may be answered in the same process, on the same
     * thread.
     */
    private static final ThreadLocal<@Nullable GuestObservation> INNERMOST = new ThreadLocal<>();

    private final ObservationRegistry registry;

    /**
     * Creates a listener.
     *
     * @param registry has the handlers of the observations; while it has none, nothing is observed
     */
    public WagiObservations(ObservationRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    @Override
    public Headers guestStarted(GuestStarted event) {
        if (registry.isNoop()) {
            return Headers.none();
        }
        GuestObservation run = GuestObservation.start(registry, event, INNERMOST.get());
        INNERMOST.set(run);
        return run.fields();
    }

    @Override
    public void guestEnded(GuestEnded event) {
        GuestObservation run = INNERMOST.get();
        if (run == null || !run.is(registry, event.start())) {
            return; // the registry had no handlers when it began
        }
        if (run.outer() == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(run.outer());
        }
        run.end(event);
    }
}
