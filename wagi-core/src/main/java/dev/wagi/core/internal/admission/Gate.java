// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the requests in flight and admits none once it is closed. */
public final class Gate {

    private static final int CLOSED = 1 << 31;

    /** The number of requests in flight, and the highest bit when the gate is closed. */
    private final AtomicInteger state = new AtomicInteger();

    private final CountDownLatch empty = new CountDownLatch(1);

    /** Admits a request; if it returns true, {@link #leave} must follow. */
    public boolean enter() {
        while (true) {
            int now = state.get();
            if (now < 0) {
                return false;
            }
            if (state.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /** Returns how many requests are in flight. */
    public int count() {
        return state.get() & ~CLOSED;
    }

    /** Must be called once for each request that was admitted. */
    public void leave() {
        int before = state.getAndUpdate(now -> (now & ~CLOSED) == 0 ? now : now - 1);
        if ((before & ~CLOSED) == 0) {
            throw new IllegalStateException("BUG: more have left than entered; please report this");
        }
        if (before == CLOSED + 1) {
            empty.countDown();
        }
    }

    /**
     * Closes the gate and waits until the last request has left.
     *
     * @return whether all had left within the limit
     */
    public boolean close(Duration limit) {
        if (state.getAndUpdate(now -> now | CLOSED) == 0) {
            empty.countDown();
        }
        try {
            return empty.await(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS); // the conversion saturates
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
