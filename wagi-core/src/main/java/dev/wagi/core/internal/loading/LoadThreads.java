// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.internal.thread.SharedThread;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that modules are loaded on. */
public final class LoadThreads {

    /**
     * The stack size of threads that parse and compile, which recurse into nested code. It is virtual memory, committed
     * on demand.
     */
    static final long STACK_BYTES = 64L << 20;

    private static final int IDLE_SECONDS = 10;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /**
     * Compiles modules whose requests wait for them, or reads them from the cache, for all hosts of this JVM: on half
     * of the processors together with {@link #COMPILE_LARGE}, because the requests of other modules need the rest.
     */
    public static final Executor COMPILE = onDemand(Math.max(1, PROCESSORS / 4), LoadThreads::shared);

    /** The same for large modules, so that small ones need not wait for them. */
    public static final Executor COMPILE_LARGE = onDemand(Math.max(1, PROCESSORS / 4), LoadThreads::shared);

    /**
     * Awaits the code of modules that runs before their first request. As many as requests run by default: a module can
     * hold a thread for as long as its timeout.
     */
    public static final Executor START =
            onDemand(16 * PROCESSORS, task -> SharedThread.withClassLoader(task, "wagi-load-start", 0));

    private LoadThreads() {}

    private static Thread shared(Runnable task) {
        return SharedThread.withClassLoader(task, name(), STACK_BYTES);
    }

    static String name() {
        return "wagi-load-" + NUMBER.incrementAndGet();
    }

    private static ThreadPoolExecutor onDemand(int threads, ThreadFactory factory) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
