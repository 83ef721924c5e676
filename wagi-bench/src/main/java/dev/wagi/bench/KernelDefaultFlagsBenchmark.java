// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * Question: how much performance does an embedder lose without {@code -XX:-DontCompileHugeMethods}?
 *
 * <p>Subject: as {@link KernelBenchmark}, with the JVM's default flags. Compare line by line.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar 'Kernel.*Benchmark' -p on=FLAT,BYTE_ARRAY}
 */
@Fork(2)
public class KernelDefaultFlagsBenchmark extends KernelBase {}
