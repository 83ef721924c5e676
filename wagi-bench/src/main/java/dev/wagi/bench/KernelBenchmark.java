// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * Question: how fast do guests compute, and who pays for the notes that our memory takes of every store?
 *
 * <p>Subject: five kernels of one C module, each a request, on our memory, on both of Chicory's and in native code, with
 * the flag that the launcher sets.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar KernelBenchmark}
 */
@Fork(value = 2, jvmArgsAppend = "-XX:-DontCompileHugeMethods")
public class KernelBenchmark extends KernelBase {}
