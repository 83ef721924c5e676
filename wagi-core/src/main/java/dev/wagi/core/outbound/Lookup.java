// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.outbound;

import dev.wagi.core.api.OutboundHttpClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks up names on threads of its own: the JVM's resolver cannot be interrupted, and a guest must not hold up its thread
 * longer than it may. The threads are few, and end when they are not needed.
 */
final class Lookup {

    private static final int MAX_THREADS = 32;
    private static final int MAX_ADDRESSES = 64;

    private static final ThreadPoolExecutor THREADS =
            new ThreadPoolExecutor(0, MAX_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                Thread thread = new Thread(work, "wagi-lookup");
                thread.setDaemon(true);
                thread.setContextClassLoader(null);
                return thread;
            });

    private Lookup() {}

    /**
     * The addresses of a name, each of them remembering it.
     *
     * @throws IOException if there is none, or not in time, or too many lookups are stuck
     */
    static List<InetAddress> resolve(OutboundHttpClient client, String host, long nanos)
            throws IOException, InterruptedException {
        Future<List<InetAddress>> lookup;
        try {
            lookup = THREADS.submit(() -> client.resolve(host));
        } catch (RejectedExecutionException e) {
            throw new IOException("too many names are being looked up", e);
        }
        try {
            List<InetAddress> found = lookup.get(nanos, TimeUnit.NANOSECONDS);
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
