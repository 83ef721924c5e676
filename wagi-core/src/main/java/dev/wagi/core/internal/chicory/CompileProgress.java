// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Tells now and then how much of a large module is compiled; most modules are ready before there is anything to tell.
 */
final class CompileProgress implements Runnable {

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int PERCENT = 100;

    private final int functions;
    private final LongSupplier nanoTime;
    private final IntConsumer listener;
    private long toldAt;
    private int told;
    private int done;

    /**
     * Of one module, whose compilation begins now.
     *
     * @param functions how many it has
     * @param nanoTime as {@link System#nanoTime}
     * @param listener is told the percentage, every five seconds at most
     */
    CompileProgress(int functions, LongSupplier nanoTime, IntConsumer listener) {
        this.functions = functions;
        this.nanoTime = nanoTime;
        this.listener = listener;
        this.toldAt = nanoTime.getAsLong();
    }

    /** Another function is compiled. */
    @Override
    public void run() {
        done++;
        long now = nanoTime.getAsLong();
        int percent = (int) ((long) done * PERCENT / functions);
        if (now - toldAt >= INTERVAL_NANOS && percent > told && done < functions) {
            toldAt = now;
            told = percent;
            listener.accept(percent);
        }
    }
}
