// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * Question: how much performance does an embedder lose without {@code -XX:-DontCompileHugeMethods}?
 *
 * <p>Subject: as {@link RequestBenchmark}, with the JVM's default flags. Compare line by line.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar 'Request.*Benchmark' -p sandboxes=REUSED -p
 * guest=C,RUST}
 */
@Fork(2)
public class RequestDefaultFlagsBenchmark extends RequestBase {}
