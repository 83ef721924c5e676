// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.loading.LoadedGuest;
import dev.wagi.core.internal.loading.Loading;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.SandboxPool;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A module that is loaded when a request wants it, and is unloaded when others need its memory. Thread-safe.
 *
 * <p>While it is not loaded its lane is shut, so that its requests wait as for their turn: within the same limits, each
 * for no longer than its timeout, and without an influence on the loading, which is done once for all of them.
 *
 * <pre>
 *              a request waits              done
 *   UNLOADED ------------------> LOADING ---------> LOADED
 *      ^ ^                          | failed           |
 *      | |      a minute later      v                  |  the memory is needed, and
 *      | +----------------------- BROKEN               |  no request runs or waits
 *      +-----------------------------------------------+
 * </pre>
 *
 * <p>Loading has two steps on different threads: what the module's own code takes of time must not hold up the loading
 * of others.
 */
final class LazyGuest {

    private static final Logger LOG = LoggerFactory.getLogger(LazyGuest.class);

    /** How long a module that could not be loaded is not tried again: what it lacked may be there then. */
    static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * The same, in times of what the attempt took, if that is longer: a module that never gets ready must not occupy a
     * thread that others need.
     */
    static final int RETRY_FACTOR = 10;

    private enum State {
        UNLOADED,
        LOADING,
        LOADED,
        BROKEN
    }

    private final ModuleConfiguration configuration;
    private final Loading loading;
    private final Admission.Lane lane;
    private final Function<GuestModule, SandboxPool> pools;
    private final LoadedModules memory;
    private final Executor compilers;
    private final Executor starters;
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
    private boolean cancelled;
    private @Nullable Thread loader;

    /** The attempt whose outcome a caller of {@link #load} reports; null if there is none. */
    private @Nullable CompletableFuture<Boolean> attempt;

    /**
     * Creates a guest whose requests wait.
     *
     * @param loading loads the module; called by one thread at a time
     * @param pools makes the pool of a module
     * @param memory what it shares with other modules
     * @param compilers where it is compiled
     * @param starters where it is instantiated
     * @param clock as {@link System#nanoTime}
     */
    LazyGuest(
            ModuleConfiguration configuration,
            Loading loading,
            Admission.Lane lane,
            Function<GuestModule, SandboxPool> pools,
            LoadedModules memory,
            Executor compilers,
            Executor starters,
            LongSupplier clock) {
        this.configuration = configuration;
        this.loading = loading;
        this.lane = lane;
        this.pools = pools;
        this.memory = memory;
        this.compilers = compilers;
        this.starters = starters;
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

    /** Returns whether it could not be loaded a short time ago. */
    boolean isBroken() {
        if (!broken) {
            return false;
        }
        synchronized (this) {
            if (state == State.BROKEN && clock.getAsLong() - retryAt >= 0) {
                repair();
            }
            return state == State.BROKEN;
        }
    }

    /** Lets it be loaded again; the caller holds the lock. */
    private void repair() {
        lane.shut(this::want);
        broken = false;
        state = State.UNLOADED;
    }

    /**
     * Loads the module ahead of its requests, or waits until it is loaded; also one that could not be loaded a short
     * time ago. It may take as long as loading may, whatever the timeout of a request is.
     *
     * @throws WagiConfigException if it cannot be loaded; this is not logged
     * @throws IllegalStateException if the host was closed meanwhile, or this thread was interrupted
     */
    void load() {
        CompletableFuture<Boolean> outcome;
        synchronized (this) {
            if (state == State.LOADED) {
                return;
            }
            if (state == State.BROKEN) {
                repair();
            }
            if (attempt == null) {
                attempt = new CompletableFuture<>();
            }
            outcome = attempt;
        }
        want();
        try {
            outcome.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a module was loaded", e);
        } catch (ExecutionException e) {
            Throwable failure = Objects.requireNonNull(e.getCause());
            if (isCancelled()) {
                throw new IllegalStateException("this host was closed while a module was loaded", failure);
            }
            if (!isKnown(failure)) {
                throw new IllegalStateException(reason(failure), failure);
            }
            Problems problems = Problems.none();
            problems.add(configuration.place() + ", key 'module'", reason(failure));
            problems.throwIfAny();
        }
    }

    /** Returns what became of it. */
    synchronized ModuleInfo.State describe() {
        return switch (state) {
            case UNLOADED -> ModuleInfo.State.UNLOADED;
            case LOADING -> ModuleInfo.State.LOADING;
            case LOADED -> ModuleInfo.State.LOADED;
            case BROKEN -> ModuleInfo.State.FAILED;
        };
    }

    /** Loads the module unless that is being done. */
    private void want() {
        synchronized (this) {
            if (state != State.UNLOADED) {
                return;
            }
            state = State.LOADING;
        }
        begin(compilers, this::compile);
    }

    private void compile() {
        GuestCode code = loading.compile();
        begin(starters, () -> finish(loading.instantiate(code)));
    }

    private void begin(Executor executor, Runnable step) {
        try {
            executor.execute(() -> run(step));
        } catch (RuntimeException | Error e) {
            // An Error is what a pool throws that cannot start one more thread.
            fail(e, true, 0);
        }
    }

    private void run(Runnable step) {
        long began = clock.getAsLong();
        try {
            synchronized (this) {
                if (cancelled) {
                    throw new CancellationException();
                }
                loader = Thread.currentThread();
            }
            step.run();
        } catch (RuntimeException | Error e) {
            fail(e, false, clock.getAsLong() - began);
        } finally {
            synchronized (this) {
                if (loader == Thread.currentThread()) { // otherwise it is that of the next step
                    loader = null;
                }
            }
            Thread.interrupted(); // it was for this module
        }
    }

    /** Puts it into service. */
    void finish(LoadedGuest guest) {
        boolean counts;
        CompletableFuture<Boolean> outcome;
        synchronized (this) {
            outcome = takeAttempt();
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
        if (outcome != null) {
            outcome.complete(true);
        }
    }

    private @Nullable CompletableFuture<Boolean> takeAttempt() {
        CompletableFuture<Boolean> taken = attempt;
        attempt = null;
        return taken;
    }

    /**
     * Takes it out of service for a while. What needs heap comes last: no request may be left waiting.
     *
     * @param noThread whether there is no thread for it
     * @param nanos how long the attempt took
     */
    private void fail(Throwable failure, boolean noThread, long nanos) {
        long pause = Math.max(RETRY_NANOS, nanos * RETRY_FACTOR);
        boolean counts;
        CompletableFuture<Boolean> outcome;
        synchronized (this) {
            outcome = takeAttempt();
            state = State.BROKEN;
            pool = null;
            retryAt = clock.getAsLong() + pause;
            broken = true;
            counts = !closed;
        }
        try {
            if (counts && outcome == null) {
                boolean known = !noThread && isKnown(failure);
                LOG.error(
                        "{}, key 'module': {}; {} answers 503, a request after {} s tries again",
                        configuration.place(),
                        noThread ? "it cannot be loaded now" : reason(failure),
                        configuration.route(),
                        TimeUnit.NANOSECONDS.toSeconds(pause),
                        known ? null : failure);
            }
        } finally {
            lane.open();
            if (outcome != null) {
                outcome.completeExceptionally(failure);
            }
        }
    }

    private static boolean isKnown(Throwable failure) {
        return failure instanceof ModuleLoadException || failure instanceof OutOfMemoryError;
    }

    private String reason(Throwable failure) {
        if (failure instanceof ModuleLoadException) {
            return String.valueOf(failure.getMessage());
        }
        return failure instanceof OutOfMemoryError
                ? configuration.source() + " needs more memory to be loaded; raise the JVM's -Xmx"
                : "BUG: loading " + configuration.source() + " failed; please report this";
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

    private synchronized boolean isCancelled() {
        return cancelled;
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
            cancelled |= cancel;
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
