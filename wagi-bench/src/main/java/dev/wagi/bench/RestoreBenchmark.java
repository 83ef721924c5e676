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
 * Question: what does it cost to make a sandbox's memory new?
 *
 * <p>Subject: the restore of a memory of which some pages of 4 KiB were written to, spread over all of it, with the stores
 * that made them dirty: one each. 17 pages of 64 KiB are what a module in Rust has, 256 are 16 MiB. The baseline is
 * {@code dirty=0}: what looking for dirty pages costs.
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

    /** Of 64 KiB. */
    @Param({"17", "256"})
    public int pages = 17;

    /** Of 4 KiB. */
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
            // Somewhere in the page, so that not all of them fall on the same cache lines.
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
