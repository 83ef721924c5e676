// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import dev.wagi.core.internal.thread.SharedThread;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work for one that compiles a module, until it closes this. Those of all modules that are compiled at the
 * same time are one fewer than there are processors, so that each compiling thread itself has one; who finds none free
 * does everything itself. The methods are for the compiling thread.
 */
public final class CompileThreads implements AutoCloseable {

    private static final Semaphore FREE = new Semaphore(Runtime.getRuntime().availableProcessors() - 1);

    private static final AtomicInteger STARTED = new AtomicInteger();

    private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

    private final @Nullable ThreadPoolExecutor threads;

    /** @param most how many are wanted */
    CompileThreads(int most) {
        this(most, FREE);
    }

    /** @param free has a permit for each thread that may be taken */
    CompileThreads(int most, Semaphore free) {
        int taken = 0;
        while (taken < most && !ALONE.get() && free.tryAcquire()) {
            taken++;
        }
        threads = taken == 0 ? null : new Pool(taken, free);
    }

    /** Gives its permits back when the last of its threads has ended, which may be later than it is closed. */
    private static final class Pool extends ThreadPoolExecutor {
        private final int size;
        private final Semaphore free;

        Pool(int size, Semaphore free) {
            super(
                    size,
                    size,
                    0,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    task -> SharedThread.withClassLoader(task, "wagi-compile-" + STARTED.incrementAndGet(), 0));
            this.size = size;
            this.free = free;
        }

        @Override
        protected void terminated() {
            free.release(size);
        }
    }

    /** How many threads there have been. */
    static int started() {
        return STARTED.get();
    }

    /**
     * Does something for which this thread has no others; what it gives to other threads may have some.
     *
     * @param work what to do
     * @return what that returns
     */
    public static <T> T without(Supplier<T> work) {
        ALONE.set(true);
        try {
            return work.get();
        } finally {
            ALONE.remove();
        }
    }

    /** Whether it has any. */
    boolean any() {
        return threads != null;
    }

    /** Lets one of the threads do a task when one is free. */
    void add(FutureTask<?> task) {
        if (threads != null) {
            try {
                threads.execute(task);
            } catch (OutOfMemoryError e) {
                // The system gives no thread. Then it is done when it is needed.
            }
        }
    }

    /**
     * Returns what a task has found; does it now if it has not begun. Fails as the task does.
     *
     * @throws CancellationException if this thread is interrupted
     */
    <T> T finish(FutureTask<T> task) {
        if (threads != null && !task.isDone()) {
            threads.remove(task);
        }
        task.run(); // does nothing if it has begun
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
        }
    }

    /** Forgets what has not begun. */
    @Override
    public void close() {
        if (threads != null) {
            threads.shutdownNow();
        }
    }
}
