// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.internal.chicory.MemoryAccess;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does it cost to restore an instance's memory?
 *
 * <p>Subject: the restore of a memory in which some pages of 4 KiB, spread over all of it, were written to, including
 * one store for each of them. A module in Rust has 17 pages of 64 KiB; 256 pages are 16 MiB. The baseline is
 * {@code dirty=0}, the cost of searching for dirty pages.
 *
 * <p>Command: {@code java -jar wagi-bench/target/benchmarks.jar RestoreBenchmark}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RestoreBenchmark {

    private static final int DIRTY_PAGE = 4096;

    /** The size of the memory in pages of 64 KiB. */
    @Param({"17", "256"})
    public int pages = 17;

    /** The number of dirty pages of 4 KiB. */
    @Param({"0", "1", "5", "17", "100"})
    public int dirty = 5;

    private int[] addresses = {};
    private MemoryAccess memory;

    @Setup
    public void setUp() {
        memory = new MemoryAccess(pages);
        addresses = new int[dirty];
        int all = pages * 16;
        for (int i = 0; i < dirty; i++) {
            // The offset varies, so that the addresses do not fall on the same cache lines.
            addresses[i] = i * (all / dirty) * DIRTY_PAGE + i * 68 % (DIRTY_PAGE - 4);
        }
        int original = memory.load(0);
        restore();
        for (int address : addresses) {
            if (memory.load(address) != original) {
                throw new IllegalStateException("the word at " + address + " was not restored");
            }
        }
    }

    @Benchmark
    public void restore() {
        for (int address : addresses) {
            memory.store(address, address);
        }
        memory.restore();
    }
}
