// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.ModuleUsage.Discard;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sandboxes that have been reset to their initial state. The one returned last is lent first: its memory is still
 * in the processor's caches, and the ones that stay at the other end are not needed.
 *
 * <p>The pool grows on demand within {@link IdleMemory}; it keeps one sandbox of up to 2 MiB even beyond that, while
 * there is room for the idle ones of all hosts. Once per period it drops sandboxes that were not used during the whole
 * period: half of them while requests arrive, all but one if none arrived, and the last one after ten such periods.
 */
final class ReusingPool implements SandboxPool {

    /** The number of periods without a request after which nothing is kept. */
    private static final int PATIENCE = 10;

    /** The size in bytes of the sandbox that a pool may keep beyond the limit. */
    static final int OWN = 2 << 20;

    /** An idle sandbox and the size reserved for it. */
    private record Idle(Sandbox sandbox, int footprint) {}

    private final GuestModule module;
    private final IdleMemory memory;
    private final Function<Runnable, Future<?>> afterPeriod;

    /** Its lock guards all of the fields below. */
    private final InstanceCounts counts;

    private final Deque<Idle> idle = new ArrayDeque<>();
    private int leastIdle;
    private boolean lent;
    private int quietPeriods;
    private boolean ticking;
    private boolean closed;
    private @Nullable Future<?> nextEnd;

    /**
     * Creates an empty pool.
     *
     * @param counts counts the sandboxes that the pool lends
     * @param afterPeriod runs a task after one period, unless it is cancelled
     */
    ReusingPool(
            GuestModule module, IdleMemory memory, InstanceCounts counts, Function<Runnable, Future<?>> afterPeriod) {
        this.counts = counts;
        this.module = module;
        this.memory = memory;
        this.afterPeriod = afterPeriod;
    }

    @Override
    public Sandbox borrowNew() {
        Sandbox sandbox = module.instantiate();
        synchronized (counts) {
            counts.created();
        }
        return sandbox;
    }

    @Override
    public @Nullable Sandbox borrowIdle() {
        Idle found;
        synchronized (counts) {
            lent = true;
            found = idle.pollLast();
            leastIdle = Math.min(leastIdle, idle.size());
            if (found != null) {
                counts.reused(found.footprint);
            }
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
            synchronized (counts) {
                counts.returned();
                counts.discarded(clean ? Discard.NOT_REUSABLE : Discard.FAILED);
            }
            return;
        }
        Idle entry = new Idle(sandbox, sandbox.footprint());
        boolean start;
        synchronized (counts) {
            counts.returned();
            // One small sandbox is kept if it can be; otherwise a single greedy module would slow down all others.
            boolean own = idle.isEmpty() && entry.footprint <= OWN;
            if (closed || !memory.take(entry.footprint, own)) {
                counts.discarded(closed ? Discard.CLOSED : Discard.NO_ROOM);
                return;
            }
            try {
                idle.addLast(entry);
            } catch (OutOfMemoryError e) {
                memory.give(entry.footprint);
                counts.discarded(Discard.NO_ROOM);
                return;
            }
            counts.kept(entry.footprint);
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
        synchronized (counts) {
            closed = true;
            dropped = drop(idle.size(), Discard.CLOSED);
            pending = nextEnd;
            nextEnd = null;
        }
        if (pending != null) {
            pending.cancel(false); // otherwise its class loader would be retained for the rest of the period
        }
        dropped.forEach(entry -> memory.give(entry.footprint));
    }

    /** Returns the number of idle sandboxes. */
    int size() {
        synchronized (counts) {
            return idle.size();
        }
    }

    /** Runs at the end of each period, as long as there is anything to drop. */
    private void endPeriod() {
        List<Idle> dropped;
        boolean again;
        synchronized (counts) {
            ticking = false; // until the next period is scheduled
            quietPeriods = lent ? 0 : quietPeriods + 1;
            int surplus = leastIdle;
            int count = lent ? (surplus + 1) / 2 : quietPeriods < PATIENCE ? Math.max(0, idle.size() - 1) : idle.size();
            dropped = drop(Math.min(count, idle.size()), Discard.SURPLUS);
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

    private List<Idle> drop(int count, Discard reason) {
        List<Idle> dropped = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Idle entry = idle.removeFirst();
            counts.dropped(reason, entry.footprint);
            dropped.add(entry);
        }
        return dropped;
    }

    /** The task refers to the pool weakly, so that an unused pool can be collected with its module at once. */
    private void schedule() {
        WeakReference<ReusingPool> self = new WeakReference<>(this);
        try {
            Future<?> end = afterPeriod.apply(() -> {
                ReusingPool pool = self.get();
                if (pool != null) {
                    pool.endPeriod();
                }
            });
            synchronized (counts) {
                if (!closed) {
                    nextEnd = end;
                    return;
                }
            }
            end.cancel(false);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Without the task the pool does not shrink, but the limit on idle memory still applies.
            synchronized (counts) {
                ticking = false;
            }
        }
    }
}
