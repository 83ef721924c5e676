// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.internal.thread.SharedThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks up the names for one module on separate threads, because the JVM's resolver cannot be interrupted and must not
 * block a guest's thread beyond its time. A limited number of a module's lookups run, the others wait; lookups that
 * hang do not affect other modules. Thread-safe.
 */
final class Lookup {

    /** The maximum number of concurrent lookups per module. */
    static final int MAX_RUNNING = 8;

    private static final int MAX_ADDRESSES = 64;

    /** Has no limit itself, because each module has one. Threads end when they are idle. */
    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> SharedThread.of(work, "wagi-lookup"));

    private final Semaphore places = new Semaphore(MAX_RUNNING, true);

    /**
     * Returns the addresses of a name, each with the name.
     *
     * @throws IOException if there is none, or not in time
     */
    List<InetAddress> resolve(OutboundHttpClient client, String host, long nanos)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + nanos;
        if (!places.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
            throw new IOException("the module's other lookups take too long");
        }
        FutureTask<List<InetAddress>> lookup = new FutureTask<>(() -> client.resolve(host));
        boolean begun = false;
        try {
            THREADS.execute(() -> {
                try {
                    lookup.run();
                } finally {
                    places.release();
                }
            });
            begun = true;
        } finally {
            if (!begun) {
                places.release();
            }
        }
        try {
            List<InetAddress> found = lookup.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (found == null || found.isEmpty() || found.size() > MAX_ADDRESSES) {
                throw new UnknownHostException("no usable address");
            }
            List<InetAddress> addresses = new ArrayList<>(found.size());
            for (InetAddress address : found) {
                addresses.add(HostName.toAddress(host, address.getAddress()));
            }
            return addresses;
        } catch (TimeoutException e) {
            throw new IOException("the lookup takes too long", e);
        } catch (ExecutionException e) {
            throw new IOException("the name cannot be looked up", e.getCause());
        } finally {
            lookup.cancel(true);
        }
    }
}
