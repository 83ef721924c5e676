// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

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
    private static final long STACK_BYTES = 64L << 20;

    private static final int IDLE_SECONDS = 10;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /**
     * Compiles modules whose requests wait for them, or reads them from the cache, for all hosts of this JVM: on half
     * of the processors together with {@link #COMPILE_LARGE}, because the requests of other modules need the rest.
     */
    public static final Executor COMPILE = onDemand(Math.max(1, PROCESSORS / 4), factory());

    /** The same for large modules, so that small ones need not wait for them. */
    public static final Executor COMPILE_LARGE = onDemand(Math.max(1, PROCESSORS / 4), factory());

    /**
     * Awaits the code of modules that runs before their first request. As many as requests run by default: a module can
     * hold a thread for as long as its timeout.
     */
    public static final Executor START = onDemand(16 * PROCESSORS, task -> {
        Thread thread = new Thread(task, "wagi-load-start");
        thread.setDaemon(true);
        return thread;
    });

    private LoadThreads() {}

    /** Creates daemon threads. */
    static ThreadFactory factory() {
        return task -> {
            Thread thread = new Thread(null, task, "wagi-load-" + NUMBER.incrementAndGet(), STACK_BYTES);
            thread.setDaemon(true);
            return thread;
        };
    }

    private static ThreadPoolExecutor onDemand(int threads, ThreadFactory factory) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = factory.newThread(task);
                    // The threads outlive the host that happens to start them.
                    thread.setContextClassLoader(LoadThreads.class.getClassLoader());
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
