// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections whose next request takes too long to arrive, however busily its bytes drip: an idle timeout begins
 * afresh with each of them. What counts is {@link ClientEndPoint#waitedNanos}, so it makes no difference whether a
 * client spends its time in the TLS handshake, a request line, a header block, HTTP/2's CONTINUATION frames or its
 * PINGs.
 */
final class HeaderDeadline extends AbstractLifeCycle {

    private static final long LONGEST_PERIOD_MILLIS = 250;

    private final ServerConnector listener;
    private final NetworkConnectionLimit connections;
    private final long nanos;
    private final long crowdedNanos;
    private final long periodMillis;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile Scheduler.@Nullable Task next;

    /**
     * For the connections of a listener.
     *
     * @param limit how long it may take
     * @param crowded the same while there are as many connections as there may be
     */
    HeaderDeadline(ServerConnector listener, NetworkConnectionLimit connections, Duration limit, Duration crowded) {
        this.listener = listener;
        this.connections = connections;
        this.nanos = limit.toNanos();
        this.crowdedNanos = Math.min(nanos, crowded.toNanos());
        this.periodMillis = Math.min(LONGEST_PERIOD_MILLIS, Math.max(1, limit.toMillis() / 4));
    }

    /** Looks at times while there are connections: a process may have hundreds of servers that nobody asks. */
    void watch() {
        if ((isStarting() || isRunning())
                && !listener.getConnectedEndPoints().isEmpty()
                && watching.compareAndSet(false, true)) {
            next = listener.getScheduler().schedule(this::sweep, periodMillis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    protected void doStart() {
        watch();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
    }

    private void sweep() {
        try {
            long now = System.nanoTime();
            // Not Jetty's count, in which a connection that was refused stays.
            boolean crowded = listener.getConnectedEndPoints().size() >= connections.getMaxNetworkConnectionCount();
            long limit = crowded ? crowdedNanos : nanos;
            for (EndPoint endPoint : listener.getConnectedEndPoints()) {
                if (endPoint instanceof ClientEndPoint client && client.waitedNanos(now) > limit) {
                    client.close(new TimeoutException("the next request took too long to arrive"));
                }
            }
        } finally {
            watching.set(false);
            watch();
        }
    }
}
