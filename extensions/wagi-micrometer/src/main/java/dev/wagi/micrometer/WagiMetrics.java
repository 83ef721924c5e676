// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A listener that keeps the metrics of a host in a registry of Micrometer. Names and tags follow the conventions of
 * OpenTelemetry for HTTP where there is one. No tag has what a client or a guest can choose freely, so the number of
 * time series depends on the modules and routes that were configured since the start, not on requests. Add it to the
 * builder, and call {@link #bindTo} when the host is built. Thread-safe.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-metrics/">Semantic conventions for HTTP
 *     metrics</a>
 */
public final class WagiMetrics implements WagiListener {

    private final MeterRegistry registry;
    private final RequestMeters requests;
    private final AtomicLong exhausted = new AtomicLong();

    /** One for each host; meters refer to them weakly. */
    private final List<UsageMeters> usages = new CopyOnWriteArrayList<>();

    /**
     * Creates metrics without a host.
     *
     * @param registry receives the metrics
     */
    public WagiMetrics(MeterRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
        this.requests = new RequestMeters(registry);
        FunctionCounter.builder("wagi.heap.exhausted", exhausted, AtomicLong::doubleValue)
                .description("How often the heap was exhausted and did not recover")
                .register(registry);
    }

    /**
     * Adds the metrics of what a host uses now: requests, instances, memory and threads. Scrapes read
     * {@link Wagi#usage()}. For one host of a registry, which ignores a second one unless its tags differ. The registry
     * refers to the host weakly, and this object strongly.
     *
     * @param wagi the host, which has this listener
     */
    public void bindTo(Wagi wagi) {
        UsageMeters usage = new UsageMeters(registry, wagi);
        usage.register();
        usages.add(usage);
    }

    @Override
    public void requestEnded(RequestEnded event) {
        requests.record(event);
        event.module().ifPresent(this::module);
    }

    /** A reload may have brought it. */
    private void module(String name) {
        usages.forEach(usage -> usage.module(name));
    }

    @Override
    public void limitReached(LimitReached event) {
        Counter.builder("wagi.limits.reached")
                .description("Limits that requests have reached")
                .tags("wagi.module", event.module(), "wagi.limit", event.limit())
                .register(registry)
                .increment();
    }

    @Override
    public void guestAbandoned(GuestAbandoned event) {
        Counter.builder("wagi.guests.abandoned")
                .description("Guests that did not end after their timeout")
                .tags("wagi.module", event.module())
                .register(registry)
                .increment();
    }

    @Override
    public void outboundCall(OutboundCall event) {
        RequestMeters.timer(
                        "wagi.outbound.duration", "Time until the response header of an outbound request of a guest")
                .tags(
                        "wagi.module", event.module(),
                        "wagi.verdict", Labels.of(event.verdict()),
                        "http.response.status_code", Labels.status(event.status()))
                .register(registry)
                .record(event.took());
    }

    @Override
    public void moduleLoaded(ModuleLoaded event) {
        RequestMeters.timer("wagi.module.load.duration", "Time to fetch and compile a module")
                .tags("wagi.cached", Boolean.toString(event.isCached()))
                .register(registry)
                .record(event.took());
    }

    /** Allocates nothing. */
    @Override
    public void heapExhausted() {
        exhausted.incrementAndGet();
    }
}
