// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * JMH benchmarks. Each {@code XBenchmark} documents its question, its subject and its command; docs/benchmarks.md
 * describes how to run and read them. {@link dev.wagi.bench.Peer} is the interface for other runtimes that handle the
 * same request.
 */
@NullMarked
package dev.wagi.bench;

import org.jspecify.annotations.NullMarked;
