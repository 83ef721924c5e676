// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * Question: how fast do guests compute, and what does it cost that our memory records every write?
 *
 * <p>Subject: five kernels of one C module, each as a request, on our memory, on both of Chicory's and in native code,
 * with the flag that the launcher sets.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar KernelBenchmark}
 */
@Fork(value = 2, jvmArgsAppend = "-XX:-DontCompileHugeMethods")
public class KernelBenchmark extends KernelBase {}
