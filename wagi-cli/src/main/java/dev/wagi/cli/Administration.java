// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import dev.wagi.micrometer.WagiMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.util.List;

/** The metrics of a host and of the JVM, and the server that shows them. Thread-safe. */
final class Administration implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final WagiMetrics metrics = new WagiMetrics(registry);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final AdminServer server;

    /**
     * Starts the server: healthy, and not ready.
     *
     * @throws IOException if it cannot
     */
    Administration(ListenAddress address) throws IOException {
        for (MeterBinder binder : List.of(
                collections,
                new ClassLoaderMetrics(),
                new FileDescriptorMetrics(),
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new ProcessorMetrics(),
                new UptimeMetrics())) {
            binder.bindTo(registry);
        }
        server = AdminServer.start(address, registry);
    }

    /** Returns what the host has to call. */
    WagiListener listener() {
        return metrics;
    }

    /** Returns where the server is. */
    String uri() {
        return server.uri();
    }

    /** From now on clients are served. */
    void ready(Wagi wagi) {
        metrics.bindTo(wagi);
        server.ready();
    }

    /** From now on a load balancer should send no more clients. */
    void stopping() {
        server.stopping();
    }

    @Override
    public void close() {
        server.close();
        collections.close();
    }
}
