// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Measurements with JMH. Each {@code XBenchmark} says its question, its subject and its command; docs/benchmarks.md tells
 * how they are run and read. {@link dev.wagi.bench.Peer} is how others than WAGI answer the same request.
 */
@NullMarked
package dev.wagi.bench;

import org.jspecify.annotations.NullMarked;
