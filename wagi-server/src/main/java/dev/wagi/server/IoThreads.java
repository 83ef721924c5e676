// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.server.Listener.Connections;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that wait for connections, for what clients send, and for time limits, for several servers of one
 * process. A server without them has four such threads of its own ({@link WagiServer.Builder#ioThreads}). Thread-safe.
 *
 * <p>These threads never wait for a client or a guest: each server has threads of its own for requests, which exist
 * while there are some, and limits and a stop of its own.
 */
public final class IoThreads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IoThreads.class);

    static final String CLOSED = "the threads for sockets are closed; start others";

    /** Threads that open and close connections, which takes microseconds. */
    private static final int OPENING = 4;

    /** Only as long as this if the system fails, as the next selection never comes then. */
    static final int FLUSH_SECONDS = 5;

    private final Selectors selectors;
    private int servers; // guarded by this
    private boolean closed; // guarded by this

    private IoThreads(Selectors selectors) {
        this.selectors = selectors;
    }

    /**
     * {@return new ones, the caller's to close}
     *
     * @throws WagiServerException if the system does not give what they need
     */
    public static IoThreads start() {
        QueuedThreadPool threads = new QueuedThreadPool(Listener.SELECTORS + OPENING, Listener.SELECTORS);
        threads.setName("wagi-io");
        threads.setDaemon(true);
        Selectors selectors =
                new Selectors(threads, new ScheduledExecutorScheduler("wagi-io-timer", true), Listener.SELECTORS);
        try {
            selectors.start();
        } catch (Exception | OutOfMemoryError e) { // which is how Java says that there are no more threads
            stop(selectors);
            throw new WagiServerException(
                    "Cannot start threads for sockets: " + e + ". Allow this process more threads and open files.", e);
        }
        return new IoThreads(selectors);
    }

    /**
     * Ends the threads when the last server that uses them is closed: at once if there is none. No server can be
     * started with them any more. Closing again does nothing.
     */
    @Override
    public void close() {
        boolean last;
        synchronized (this) {
            last = !closed && servers == 0;
            closed = true;
        }
        if (last) {
            stop(selectors);
        }
    }

    /** Whether no server can be started with them. */
    synchronized boolean isClosed() {
        return closed;
    }

    /** A server starts. */
    synchronized void use() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
        servers++;
    }

    /** A server that called {@link #use} has stopped. */
    void release() {
        boolean last;
        synchronized (this) {
            servers--;
            last = closed && servers == 0;
        }
        if (last) {
            stop(selectors);
        }
    }

    private static void stop(Selectors selectors) {
        try {
            selectors.stop();
        } catch (Exception e) {
            LOG.warn("threads for sockets did not stop cleanly", e);
        }
    }

    /** For time limits. */
    Scheduler timer() {
        return selectors.getScheduler();
    }

    /** One of those that wait, each time another. */
    ManagedSelector selector() {
        return selectors.chooseSelector();
    }

    /** All that wait. */
    Collection<ManagedSelector> selectors() {
        return selectors.getBeans(ManagedSelector.class);
    }

    /**
     * Waits until the system has closed what was closed before the call: a selector holds sockets until it selects
     * again.
     */
    void flush() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (ManagedSelector each : selectors()) {
            CompletableFuture<Void> flushed = new CompletableFuture<>();
            each.submit(before -> each.submit(after -> flushed.complete(null)));
            all.add(flushed.completeOnTimeout(null, FLUSH_SECONDS, TimeUnit.SECONDS));
        }
        all.forEach(CompletableFuture::join);
    }

    /** Leaves everything that is about a connection to the server that has accepted it. */
    private static final class Selectors extends SelectorManager {

        Selectors(QueuedThreadPool threads, Scheduler timer, int selectors) {
            super(threads, timer, selectors);
            addBean(threads);
            addBean(timer);
        }

        @Override
        protected ManagedSelector chooseSelector() {
            return super.chooseSelector();
        }

        /** The server of a connection that has not got an end point yet. */
        private static Connections of(Object attachment) {
            return (Connections) attachment;
        }

        private static Connections of(EndPoint endPoint) {
            return ((ClientEndPoint) endPoint).owner();
        }

        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key)
                throws IOException {
            Connections server = of(key.attachment());
            server.onAccepted(channel);
            return server.newEndPoint(channel, selector, key);
        }

        @Override
        public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object attachment)
                throws IOException {
            return of(attachment).newConnection(channel, endPoint, attachment);
        }

        @Override
        protected void onAcceptFailed(SelectableChannel channel, Throwable failure, Object attachment) {
            of(attachment).onAcceptFailed(channel, failure, attachment);
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            of(endPoint).endPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            of(endPoint).endPointClosed(endPoint);
        }

        @Override
        public void connectionOpened(Connection connection, Object attachment) {
            of(attachment).connectionOpened(connection, attachment);
        }

        @Override
        public void connectionClosed(Connection connection, Throwable cause) {
            of(connection.getEndPoint()).connectionClosed(connection, cause);
        }
    }
}
