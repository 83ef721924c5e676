// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Metrics and observations of a host in registries of Micrometer. The host calls
 * {@link dev.wagi.micrometer.WagiMetrics} as a listener, and its gauges read {@link dev.wagi.core.Wagi#usage()};
 * {@link dev.wagi.micrometer.WagiObservations} is a listener, too. It is an automatic module, because Micrometer is
 * one.
 *
 * <pre>{@code
 * MeterRegistry registry = new SimpleMeterRegistry();
 * WagiMetrics metrics = new WagiMetrics(registry);
 * Wagi wagi = Wagi.builder()
 *         .addListener(metrics)
 *         .addModule(m -> m.route("/hello").source(Path.of("hello.wasm")))
 *         .build();
 * metrics.bindTo(wagi);
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.micrometer;

import org.jspecify.annotations.NullMarked;
