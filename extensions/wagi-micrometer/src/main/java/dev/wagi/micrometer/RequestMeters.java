// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.api.WagiListener.RequestEnded;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The meters of requests, found by their tags without a lookup in the registry. Thread-safe. */
final class RequestMeters {

    /** The boundaries of OpenTelemetry for the duration of HTTP requests. */
    static final Duration[] BOUNDARIES = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(75),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofMillis(750),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofMillis(7500),
        Duration.ofSeconds(10)
    };

    /** What distinguishes the time series of requests; every part has few values. */
    private record Key(String module, String route, String method, String scheme, String status, String error) {}

    private record Meters(Timer duration, DistributionSummary in, DistributionSummary out) {}

    /** What distinguishes the time series of guests. */
    private record Guest(String module, String instance) {}

    private final MeterRegistry registry;
    private final Map<Key, Meters> requests = new ConcurrentHashMap<>();
    private final Map<Guest, Timer> guests = new ConcurrentHashMap<>();
    private final Map<String, Timer> queues = new ConcurrentHashMap<>();

    RequestMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Records the end of a request. */
    void record(RequestEnded event) {
        String module = event.module().orElse(Labels.NONE);
        String status = Labels.status(event.status());
        Meters meters = requests.computeIfAbsent(
                new Key(
                        module,
                        event.route().orElse(Labels.NONE),
                        Labels.method(event.method()),
                        Labels.scheme(event.scheme()),
                        status,
                        Labels.error(event.outcome(), event.status(), status)),
                this::meters);
        meters.duration.record(event.totalTime());
        meters.in.record((double) event.bytesIn());
        meters.out.record((double) event.bytesOut());
        if (event.module().isPresent()) {
            queues.computeIfAbsent(module, this::queue).record(event.queueTime());
        }
        if (event.reused().isPresent()) {
            guests.computeIfAbsent(new Guest(module, event.reused().get() ? "reused" : "new"), this::guest)
                    .record(event.guestTime());
        }
    }

    private Meters meters(Key key) {
        Tags tags = Tags.of(
                "http.request.method", key.method,
                "http.response.status_code", key.status,
                "http.route", key.route,
                "url.scheme", key.scheme,
                "error.type", key.error,
                "wagi.module", key.module);
        return new Meters(
                timer("http.server.request.duration", "Time from the arrival of a request to the end of its response")
                        .tags(tags)
                        .register(registry),
                summary("http.server.request.body.size", "Bytes of request bodies that were read", tags),
                summary("http.server.response.body.size", "Bytes of response bodies", tags));
    }

    private DistributionSummary summary(String name, String description, Tags tags) {
        return DistributionSummary.builder(name)
                .description(description)
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
    }

    private Timer guest(Guest key) {
        return timer("wagi.guest.duration", "Time that guests ran, including what they waited for themselves")
                .tags("wagi.module", key.module, "wagi.instance", key.instance)
                .register(registry);
    }

    private Timer queue(String module) {
        return timer("wagi.queue.duration", "Time that requests waited for their turn")
                .tags("wagi.module", module)
                .register(registry);
    }

    /** Returns a timer with the boundaries of a histogram. */
    static Timer.Builder timer(String name, String description) {
        return Timer.builder(name).description(description).serviceLevelObjectives(BOUNDARIES);
    }
}
