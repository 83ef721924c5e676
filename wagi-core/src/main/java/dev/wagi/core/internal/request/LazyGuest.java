// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.loading.LoadedGuest;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.SandboxPool;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A module that is loaded when a request wants it, and is unloaded when others need its memory. Thread-safe.
 *
 * <p>While it is not loaded its lane is shut, so that its requests wait as for their turn: within the same limits, each for no
 * longer than its timeout, and without an influence on the loading, which is done once for all of them.
 *
 * <pre>
 *              a request waits              done
 *   UNLOADED ------------------> LOADING ---------> LOADED
 *      ^ ^                          | failed           |
 *      | |      a minute later      v                  |  the memory is needed, and
 *      | +----------------------- BROKEN               |  no request runs or waits
 *      +-----------------------------------------------+
 * </pre>
 */
final class LazyGuest {

    private static final Logger LOG = LoggerFactory.getLogger(LazyGuest.class);

    /** How long a module that could not be loaded is not tried again: what it lacked may be there then. */
    static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private enum State {
        UNLOADED,
        LOADING,
        LOADED,
        BROKEN
    }

    private final ModuleConfiguration configuration;
    private final Supplier<LoadedGuest> loading;
    private final Admission.Lane lane;
    private final Function<GuestModule, SandboxPool> pools;
    private final LoadedModules memory;
    private final Executor executor;
    private final LongSupplier clock;

    /** Null unless it is loaded. */
    private volatile @Nullable SandboxPool pool;

    private volatile boolean broken;

    /** Whether it was used since the last look for memory. */
    private volatile boolean recent;

    // Guarded by this. No other lock is taken under this one, except those of the lane and of the pool.
    private State state = State.UNLOADED;
    private long retryAt;
    private boolean closed;
    private @Nullable Thread loader;

    /**
     * Creates a guest whose requests wait.
     *
     * @param loading loads the module; called by one thread at a time
     * @param pools makes the pool of a module
     * @param memory what it shares with other modules
     * @param executor where it is loaded
     * @param clock as {@link System#nanoTime}
     */
    LazyGuest(
            ModuleConfiguration configuration,
            Supplier<LoadedGuest> loading,
            Admission.Lane lane,
            Function<GuestModule, SandboxPool> pools,
            LoadedModules memory,
            Executor executor,
            LongSupplier clock) {
        this.configuration = configuration;
        this.loading = loading;
        this.lane = lane;
        this.pools = pools;
        this.memory = memory;
        this.executor = executor;
        this.clock = clock;
        lane.shut(this::want);
    }

    /** Returns the pool; null unless the module is loaded, which it is while a request runs. */
    @Nullable
    SandboxPool pool() {
        return pool;
    }

    /** Notes that a request uses it. */
    void use() {
        if (!recent) {
            recent = true;
        }
    }

    /** Returns whether it could not be loaded less than a minute ago. */
    boolean isBroken() {
        if (!broken) {
            return false;
        }
        synchronized (this) {
            if (state == State.BROKEN && clock.getAsLong() - retryAt >= 0) {
                lane.shut(this::want);
                broken = false;
                state = State.UNLOADED;
            }
            return state == State.BROKEN;
        }
    }

    /** Loads the module unless that is being done. */
    private void want() {
        synchronized (this) {
            if (state != State.UNLOADED) {
                return;
            }
            state = State.LOADING;
        }
        try {
            executor.execute(this::load);
        } catch (RuntimeException | Error e) {
            // An Error is what a pool throws that cannot start one more thread.
            fail("it cannot be loaded now", e);
        }
    }

    private void load() {
        synchronized (this) {
            loader = Thread.currentThread();
        }
        try {
            finish(loading.get());
        } catch (ModuleLoadException e) {
            fail(String.valueOf(e.getMessage()), null);
        } catch (OutOfMemoryError e) {
            fail(configuration.source() + " needs more memory to be loaded; raise the JVM's -Xmx", null);
        } catch (RuntimeException | Error e) {
            fail("BUG: loading " + configuration.source() + " failed; please report this", e);
        } finally {
            synchronized (this) {
                loader = null;
            }
            Thread.interrupted(); // it was for this module
        }
    }

    /** Puts it into service. */
    void finish(LoadedGuest guest) {
        boolean counts;
        synchronized (this) {
            pool = pools.apply(guest.module());
            recent = true;
            state = State.LOADED;
            counts = !closed;
        }
        lane.open();
        if (counts) {
            memory.add(this, guest.code());
            if (isClosed()) {
                memory.remove(this);
            }
        }
    }

    private void fail(String reason, @Nullable Throwable failure) {
        boolean counts;
        synchronized (this) {
            state = State.BROKEN;
            retryAt = clock.getAsLong() + RETRY_NANOS;
            broken = true;
            counts = !closed;
        }
        try {
            if (counts) {
                LOG.error(
                        "{}, key 'module': {}; {} answers 503, a request after a minute tries again",
                        configuration.place(),
                        reason,
                        configuration.route(),
                        failure);
            }
        } finally {
            lane.open();
        }
    }

    /**
     * Unloads it unless requests use it, or have used it since the last call.
     *
     * @return whether it was unloaded
     */
    synchronized boolean evict() {
        boolean used = recent;
        recent = false;
        SandboxPool unused = pool;
        if (used || unused == null || !lane.tryShut()) {
            return false;
        }
        pool = null;
        state = State.UNLOADED;
        unused.close();
        return true;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /**
     * Drops what is kept for later requests. Those that run or wait are served as before.
     *
     * @param cancel whether to stop loading, because no request waits
     */
    void close(boolean cancel) {
        synchronized (this) {
            closed = true;
            if (pool != null) {
                pool.close();
            }
            if (cancel && loader != null) {
                loader.interrupt();
            }
        }
        memory.remove(this);
    }
}
