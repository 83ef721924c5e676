// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.WagiUsage;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of what a host uses now. All of one scrape read the same values, because reading them takes locks of every
 * module. Thread-safe.
 */
final class UsageMeters {

    /** How long values are used; a scrape takes less. */
    private static final long VALID_NANOS = Duration.ofMillis(100).toNanos();

    private final MeterRegistry registry;
    private final Wagi wagi;
    private final Clock clock;
    private final Set<String> modules = ConcurrentHashMap.newKeySet();
    private @Nullable WagiUsage usage; // guarded by this
    private long readAt; // guarded by this

    UsageMeters(MeterRegistry registry, Wagi wagi) {
        this.registry = registry;
        this.wagi = wagi;
        this.clock = registry.config().clock();
    }

    /** Registers the meters of the host, and of the modules that it has now. */
    void register() {
        gauge("wagi.requests.active", "Requests that were not answered yet", "requests", WagiUsage::active);
        gauge("wagi.requests.running", "Requests that run a guest", "requests", WagiUsage::running);
        gauge("wagi.requests.waiting", "Requests that wait for their turn", "requests", WagiUsage::waiting);
        gauge(
                "wagi.threads.abandoned",
                "Threads held by guests that should have ended",
                "threads",
                WagiUsage::abandonedThreads);
        gauge("wagi.memory.guests", "Heap that guests take beyond their share", "bytes", WagiUsage::guestHeapBytes);
        gauge("wagi.memory.pooled", "Heap of idle instances", "bytes", WagiUsage::pooledBytes);
        usage().modules().forEach(module -> module(module.module()));
    }

    /** Registers the meters of a module, once. */
    void module(String name) {
        if (!modules.contains(name) && modules.add(name)) {
            Gauge.builder("wagi.module.loaded", this, all -> all.of(name, m -> m.isLoaded() ? 1 : 0))
                    .description("Whether the module is in memory, 1 or 0")
                    .tags("wagi.module", name)
                    .register(registry);
            instances(name, "used", ModuleUsage::instancesInUse);
            instances(name, "idle", ModuleUsage::instancesPooled);
            lent(name, "new", ModuleUsage::instancesCreated);
            lent(name, "reused", ModuleUsage::instancesReused);
            for (ModuleUsage.Discard reason : ModuleUsage.Discard.values()) {
                FunctionCounter.builder(
                                "wagi.instances.discarded",
                                this,
                                all -> all.of(name, m -> m.instancesDiscarded(reason)))
                        .description("Instances that were not used again")
                        .tags("wagi.module", name, "wagi.reason", Labels.of(reason))
                        .register(registry);
            }
        }
    }

    private void gauge(String name, String description, String unit, ToDoubleFunction<WagiUsage> value) {
        Gauge.builder(name, this, all -> value.applyAsDouble(all.usage()))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }

    private void instances(String module, String state, ToDoubleFunction<ModuleUsage> value) {
        Gauge.builder("wagi.instances", this, all -> all.of(module, value))
                .description("Instances of modules")
                .tags(Tags.of("wagi.module", module, "wagi.state", state))
                .register(registry);
    }

    private void lent(String module, String instance, ToDoubleFunction<ModuleUsage> value) {
        FunctionCounter.builder("wagi.instances.lent", this, all -> all.of(module, value))
                .description("Instances that requests got")
                .tags("wagi.module", module, "wagi.instance", instance)
                .register(registry);
    }

    /** Returns a value of a module, or 0 if a reload has removed it. */
    private double of(String name, ToDoubleFunction<ModuleUsage> value) {
        return usage().modules().stream()
                .filter(module -> module.module().equals(name))
                .findFirst()
                .map(value::applyAsDouble)
                .orElse(0.0);
    }

    private synchronized WagiUsage usage() {
        WagiUsage known = usage;
        long now = clock.monotonicTime();
        if (known == null || now - readAt >= VALID_NANOS) {
            known = wagi.usage();
            usage = known;
            readAt = now;
        }
        return known;
    }
}
