// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sandboxes that were put back into their first state. The last one given back is lent first: its memory is still in
 * the processor's caches, and the ones at the other end show how many are too many.
 *
 * <p>It grows on demand, as far as there is {@link IdleMemory}; one sandbox of up to 2 MiB is kept beyond that. Once per period it drops sandboxes that were not needed for
 * all of it: half of them while requests come in, all but one when none came, and the last one too after ten such periods.
 */
final class ReusingPool implements SandboxPool {

    /** Periods without a request after which nothing is kept. */
    private static final int PATIENCE = 10;

    /** What a pool may keep beyond the bound, in bytes. */
    static final int OWN = 2 << 20;

    /** A sandbox that waits, and what it counts for. */
    private record Idle(Sandbox sandbox, int footprint) {}

    private final GuestModule module;
    private final IdleMemory memory;
    private final Function<Runnable, Future<?>> afterPeriod;

    // All of this is guarded by the deque's lock.
    private final Deque<Idle> idle = new ArrayDeque<>();
    private int leastIdle;
    private boolean lent;
    private int quietPeriods;
    private boolean ticking;
    private boolean closed;
    private @Nullable Future<?> nextEnd;

    /**
     * A pool, empty at first.
     *
     * @param afterPeriod runs a task when a period has passed, unless it is cancelled
     */
    ReusingPool(GuestModule module, IdleMemory memory, Function<Runnable, Future<?>> afterPeriod) {
        this.module = module;
        this.memory = memory;
        this.afterPeriod = afterPeriod;
    }

    @Override
    public Sandbox borrow() {
        Sandbox idle = borrowIdle();
        return idle == null ? module.instantiate() : idle;
    }

    @Override
    public @Nullable Sandbox borrowIdle() {
        Idle found;
        synchronized (idle) {
            lent = true;
            found = idle.pollLast();
            leastIdle = Math.min(leastIdle, idle.size());
        }
        if (found == null) {
            return null;
        }
        memory.give(found.footprint);
        return found.sandbox;
    }

    @Override
    public void release(Sandbox sandbox, boolean clean) {
        if (!clean || !sandbox.reset()) {
            return;
        }
        Idle entry = new Idle(sandbox, sandbox.footprint());
        boolean start;
        synchronized (idle) {
            // One small one is kept whatever others keep, or else a single greedy module would make all the rest slow.
            boolean own = idle.isEmpty() && entry.footprint <= OWN;
            if (closed || !memory.take(entry.footprint, own)) {
                return;
            }
            try {
                idle.addLast(entry);
            } catch (OutOfMemoryError e) {
                memory.give(entry.footprint);
                return;
            }
            start = !ticking;
            ticking = true;
        }
        if (start) {
            schedule();
        }
    }

    @Override
    public void close() {
        List<Idle> dropped;
        Future<?> pending;
        synchronized (idle) {
            closed = true;
            dropped = drop(idle.size());
            pending = nextEnd;
            nextEnd = null;
        }
        if (pending != null) {
            pending.cancel(false); // or else its class loader would stay for the rest of the period
        }
        dropped.forEach(entry -> memory.give(entry.footprint));
    }

    /** How many sandboxes wait. */
    int size() {
        synchronized (idle) {
            return idle.size();
        }
    }

    /** At the end of each period, as long as there is anything to drop. */
    private void endPeriod() {
        List<Idle> dropped;
        boolean again;
        synchronized (idle) {
            ticking = false; // until it is known that it goes on
            quietPeriods = lent ? 0 : quietPeriods + 1;
            int surplus = leastIdle;
            int count = lent ? (surplus + 1) / 2 : quietPeriods < PATIENCE ? Math.max(0, idle.size() - 1) : idle.size();
            dropped = drop(Math.min(count, idle.size()));
            leastIdle = idle.size();
            lent = false;
            again = !idle.isEmpty();
            ticking = again;
        }
        dropped.forEach(entry -> memory.give(entry.footprint));
        if (again) {
            schedule();
        }
    }

    private List<Idle> drop(int count) {
        List<Idle> dropped = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            dropped.add(idle.removeFirst());
        }
        return dropped;
    }

    /** The task holds on to nothing: a pool that nobody uses goes away with its module at once. */
    private void schedule() {
        WeakReference<ReusingPool> self = new WeakReference<>(this);
        try {
            Future<?> end = afterPeriod.apply(() -> {
                ReusingPool pool = self.get();
                if (pool != null) {
                    pool.endPeriod();
                }
            });
            synchronized (idle) {
                if (!closed) {
                    nextEnd = end;
                    return;
                }
            }
            end.cancel(false);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Nothing shrinks then; the bound on idle memory holds all the same.
            synchronized (idle) {
                ticking = false;
            }
        }
    }
}
