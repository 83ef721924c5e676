// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the connections of one server on a thread that waits for connections, too: one that it shares with other
 * servers ({@link IoThreads}), or one that can let go of the socket at once.
 */
final class Accepting implements ManagedSelector.Selectable, Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Accepting.class);

    /** However many clients connect to one server: then it is another's turn. */
    private static final int IN_A_ROW = 16;

    /** After a failure, which usually means that there are no file descriptors: as in Jetty. */
    private static final int PAUSE_MILLIS = 1000;

    private final ManagedSelector selector;
    private final Scheduler timer;
    private final ServerSocketChannel socket;
    private final Arrived arrived;
    private volatile boolean wanted = true;
    private boolean pausing; // of the selector's thread only
    private @Nullable SelectionKey key; // of the selector's thread only

    /** Takes a connection. */
    interface Arrived {
        void accept(SocketChannel connection) throws IOException;
    }

    /** For a socket; {@link #begin} follows. */
    Accepting(ManagedSelector selector, Scheduler timer, ServerSocketChannel socket, Arrived arrived) {
        this.selector = selector;
        this.timer = timer;
        this.socket = socket;
        this.arrived = arrived;
    }

    /** Accepts from now on. */
    void begin() {
        selector.submit(this::register);
    }

    private void register(Selector open) {
        try {
            key = socket.register(open, 0, this);
            update();
        } catch (ClosedChannelException e) {
            // The server was stopped at once.
        }
    }

    /** Whether connections are accepted, or wait. */
    void want(boolean accepted) {
        wanted = accepted;
        selector.submit(any -> update());
    }

    boolean isWanted() {
        return wanted;
    }

    private void update() {
        SelectionKey mine = key;
        if (mine != null && mine.isValid()) {
            mine.interestOps(wanted && !pausing ? SelectionKey.OP_ACCEPT : 0);
        }
    }

    @Override
    public @Nullable Runnable onSelected() {
        try {
            for (int i = 0; wanted && i < IN_A_ROW; i++) {
                SocketChannel connection = socket.accept();
                if (connection == null) {
                    break;
                }
                take(connection);
            }
        } catch (ClosedChannelException e) {
            // The server is stopped.
        } catch (IOException e) {
            LOG.warn("connections cannot be accepted, trying again in {} ms: {}", PAUSE_MILLIS, e.toString());
            pausing = true;
            update();
            timer.schedule(
                    () -> selector.submit(any -> {
                        pausing = false;
                        update();
                    }),
                    PAUSE_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
        return null;
    }

    private void take(SocketChannel connection) {
        boolean taken = false;
        try {
            arrived.accept(connection);
            taken = true;
        } catch (IOException e) {
            LOG.debug("a connection ended when it was accepted", e);
        } finally {
            if (!taken) {
                Listener.close(connection);
            }
        }
    }

    @Override
    public void updateKey() {
        // Its interest does not change by being selected.
    }

    @Override
    public void replaceKey(SelectionKey other) {
        key = other;
    }

    /**
     * Accepts no more on the selector's thread.
     *
     * @return completed when the socket belongs to the caller alone
     */
    CompletableFuture<Void> release() {
        wanted = false;
        CompletableFuture<Void> released = new CompletableFuture<>();
        selector.submit(any -> {
            SelectionKey mine = key;
            if (mine != null) {
                mine.cancel();
            }
            selector.submit(after -> released.complete(null)); // it has selected in between, which removes the key
        });
        return released;
    }

    /** Accepts what has connected until now, after {@link #release}. */
    void takeRest() throws IOException {
        for (int i = 0; i < Listener.BACKLOG; i++) {
            SocketChannel connection = socket.accept();
            if (connection == null) {
                return;
            }
            take(connection);
        }
    }

    /** Accepts no more; the system may hold the port until {@link IoThreads#flush} returns. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
