// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.internal.transport.Knock;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Server;

/** Whether a server lives: seen by a client, and by its own threads. */
final class Pulse {

    private Pulse() {}

    /** Looks, for no longer than the limit; see {@link WagiServer#isAnswering}. */
    static boolean isThere(Server server, Listener listener, Duration limit) {
        SocketAddress address = listener.localAddress();
        if (address == null || !server.isRunning()) {
            return false;
        }
        long deadline = System.nanoTime() + limit.toNanos();
        Collection<ManagedSelector> selectors = listener.selectors();
        CountDownLatch threads = new CountDownLatch(1 + selectors.size());
        try {
            server.getThreadPool().execute(threads::countDown);
            selectors.forEach(each -> each.submit(selector -> threads.countDown()));
        } catch (RejectedExecutionException e) {
            return false; // it stops
        }
        long before = listener.accepted();
        if (!Knock.isAnswered(address, limit) && listener.isAccepting() && listener.accepted() == before) {
            return false;
        }
        try {
            return threads.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
