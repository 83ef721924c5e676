// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * Question: what does a request cost, and what causes the cost?
 *
 * <p>Subject: {@code wagi.handle(request, sink)} without a server, with the flag that the launcher sets.
 *
 * <p>Command, with the bytes that a request allocates ({@code gc.alloc.rate.norm}): {@code java -jar
 * wagi-bench/target/benchmarks.jar RequestBenchmark -prof gc}
 */
@Fork(value = 2, jvmArgsAppend = "-XX:-DontCompileHugeMethods")
public class RequestBenchmark extends RequestBase {}
