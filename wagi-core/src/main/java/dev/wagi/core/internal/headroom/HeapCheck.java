// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.headroom;

import java.lang.ref.WeakReference;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that the JVM's heap is exhausted for good: for ten seconds there has not been as much of it as requests take. One
 * thread looks for all hosts of this JVM, as long as one is open. An OutOfMemoryError alone means little: any guest can cause
 * one, and the heap is free again after it. What the JVM says is free means little as well: it may be in pieces that nothing
 * fits into. So the thread tries. Thread-safe.
 */
public final class HeapCheck {

    /** The one for all of this JVM. */
    public static final HeapCheck SHARED = new HeapCheck();

    /** Who is told. It is held weakly. */
    @FunctionalInterface
    public interface Host {

        /** The JVM's heap is exhausted. On the thread of the check, which it must not hold up. */
        void heapExhausted();
    }

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long all attempts must have failed, */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** and how many: a JVM that collects garbage all the time may not come to many. */
    private static final int FAILURES = 4;

    /** A megabyte, but less of a small heap. */
    private static final int PIECES = 16;

    private static final int MOST_OF_PIECE = 64 << 10;
    private static final byte[] NOTHING = {};

    private final CopyOnWriteArrayList<WeakReference<Host>> hosts = new CopyOnWriteArrayList<>();
    private @Nullable Thread thread; // guarded by this

    /** What was allocated for a moment: kept, so that it really is. */
    private final byte[][] pieces = new byte[PIECES][];

    private HeapCheck() {}

    /** Looks for a host too, until it is closed or forgotten. */
    public synchronized void begin(Host host) {
        hosts.add(new WeakReference<>(host));
        if (thread == null) {
            Thread checker = new Thread(this::run, "wagi-heap-check");
            checker.setDaemon(true);
            checker.setContextClassLoader(null);
            checker.start();
            thread = checker;
        }
    }

    /** Looks for it no longer. */
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
        long since = 0;
        int failures = 0;
        boolean reported = false;
        while (!isOver()) {
            LockSupport.parkNanos(this, TICK_NANOS);
            Thread.interrupted();
            if (isHalfFree() || canAllocate()) {
                failures = 0;
                reported = false;
                forget();
                continue;
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
    }

    /** The usual case, so that nothing is allocated then. */
    private static boolean isHalfFree() {
        Runtime jvm = Runtime.getRuntime();
        long max = jvm.maxMemory();
        return jvm.totalMemory() - jvm.freeMemory() < max / 2;
    }

    /** The JVM collects all garbage before it says no. */
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
                // There is no heap to say so.
            }
        }
    }

    /** Drops hosts that nobody has closed. */
    private void forget() {
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).get() == null) {
                hosts.removeIf(known -> known.get() == null);
            }
        }
    }
}
