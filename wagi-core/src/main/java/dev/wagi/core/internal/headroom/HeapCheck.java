// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.headroom;

import dev.wagi.core.internal.thread.SharedThread;
import java.lang.ref.WeakReference;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Detects that the JVM's heap is permanently exhausted: for ten seconds an allocation of the size that requests need
 * has failed. One thread checks for all hosts of this JVM, as long as one is open. A single OutOfMemoryError means
 * little, because any guest can cause one, and the heap is free again afterwards. The JVM's figure for free memory
 * means little as well, because it may be fragmented. So the thread tries to allocate. Thread-safe.
 */
public final class HeapCheck {

    /** The instance that is shared by the whole JVM. */
    public static final HeapCheck SHARED = new HeapCheck();

    /** Is notified; referenced weakly. */
    @FunctionalInterface
    public interface Host {

        /** Called when the JVM's heap is exhausted, on the checking thread, which it must not block. */
        void heapExhausted();
    }

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long all attempts must have failed. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How many attempts must have failed; a JVM that is busy collecting garbage may not make many. */
    private static final int FAILURES = 4;

    /** One megabyte, but less in a small heap. */
    private static final int PIECES = 16;

    private static final int MOST_OF_PIECE = 64 << 10;
    private static final byte[] NOTHING = {};

    private final CopyOnWriteArrayList<WeakReference<Host>> hosts = new CopyOnWriteArrayList<>();
    private @Nullable Thread thread; // guarded by this

    /** Keeps what was allocated for a moment, so that the allocation is not optimised away. */
    private final byte[][] pieces = new byte[PIECES][];

    // Used by the checking thread only.
    private long since;
    private int failures;
    private boolean reported;

    private HeapCheck() {}

    /** Starts to check for a host, until it is closed or unreachable. */
    public synchronized void begin(Host host) {
        hosts.add(new WeakReference<>(host));
        if (thread == null) {
            Thread checker = SharedThread.of(this::run, "wagi-heap-check");
            checker.start();
            thread = checker;
        }
    }

    /** Stops checking for a host. */
    public void end(Host host) {
        hosts.removeIf(known -> known.get() == host);
        Thread checker;
        synchronized (this) {
            checker = hosts.isEmpty() ? thread : null;
        }
        LockSupport.unpark(checker);
    }

    private synchronized boolean isOver() {
        if (hosts.isEmpty()) {
            thread = null;
        }
        return thread == null;
    }

    private void run() {
        while (!isOver()) {
            LockSupport.parkNanos(this, TICK_NANOS);
            Thread.interrupted();
            try {
                check();
            } catch (RuntimeException | Error e) {
                // The heap may be too full even for this, and for logging it; the next check may succeed.
            }
        }
    }

    private void check() {
        if (isHalfFree() || canAllocate()) {
            failures = 0;
            reported = false;
            forget();
            return;
        }
        long now = System.nanoTime();
        if (failures++ == 0) {
            since = now;
        }
        if (!reported && failures >= FAILURES && now - since > PATIENCE_NANOS) {
            reported = true;
            report();
        }
    }

    /** Covers the usual case, so that nothing is allocated then. */
    private static boolean isHalfFree() {
        Runtime jvm = Runtime.getRuntime();
        long max = jvm.maxMemory();
        return jvm.totalMemory() - jvm.freeMemory() < max / 2;
    }

    /** Tries to allocate; the JVM collects all garbage before this fails. */
    private boolean canAllocate() {
        int size = (int) Math.min(MOST_OF_PIECE, Runtime.getRuntime().maxMemory() / 64 / PIECES);
        try {
            for (int i = 0; i < PIECES; i++) {
                pieces[i] = new byte[size];
            }
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        } finally {
            for (int i = 0; i < PIECES; i++) {
                pieces[i] = NOTHING;
            }
        }
    }

    private void report() {
        for (int i = 0; i < hosts.size(); i++) {
            try {
                Host host = hosts.get(i).get();
                if (host != null) {
                    host.heapExhausted();
                }
            } catch (RuntimeException | Error e) {
                // There is no heap for logging.
            }
        }
    }

    /** Removes hosts that have become unreachable without being closed. */
    private void forget() {
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).get() == null) {
                hosts.removeIf(known -> known.get() == null);
            }
        }
    }
}
