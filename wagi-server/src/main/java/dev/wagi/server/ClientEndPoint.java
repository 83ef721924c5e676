// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, which never makes a response that is not whole look as if it were, however it is closed: by
 * us, by a time limit, by the server's stop, or by the end of the process.
 *
 * <p>A body of unknown length is chunked in HTTP/1.1, and what is missing then is the last chunk. In HTTP/1.0 such a
 * body ends where the connection ends, so only the way it is closed shows it: it is reset (SO_LINGER 0, which the
 * system honours even after the process is killed) until the response is whole. In TLS no close_notify is sent before
 * the response is whole.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-8">RFC 9112, section 8</a>
 */
final class ClientEndPoint extends SocketChannelEndPoint {

    private static final int NO_LINGER = -1;

    private final Listener.@Nullable Connections owner;

    private volatile boolean unfinished;

    private volatile boolean hasSpoken;
    private int requests; // guarded by this
    private long waitingSince; // guarded by this

    /** @param owner whose threads read and write, if the selector is shared with other servers; null if it is not */
    ClientEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            Listener.@Nullable Connections owner) {
        super(channel, selector, key, scheduler);
        this.owner = owner;
    }

    /** The server of a connection whose selector is shared. */
    Listener.Connections owner() {
        return Objects.requireNonNull(owner);
    }

    /**
     * With threads of its own, a server may go on with a request on the one that has waited for it; no other server
     * waits then.
     */
    @Override
    public @Nullable Runnable onSelected() {
        Runnable task = super.onSelected();
        if (owner == null || task == null) {
            return task;
        }
        try {
            owner.getExecutor().execute(task);
        } catch (RejectedExecutionException e) {
            close(e); // the server has stopped
        }
        return null;
    }

    /** The connection that a request came on. */
    static @Nullable ClientEndPoint of(Request request) {
        return of(request.getConnectionMetaData().getConnection().getEndPoint());
    }

    /** What is below TLS, if there is that. */
    static @Nullable ClientEndPoint of(EndPoint endPoint) {
        EndPoint inner = endPoint;
        while (inner instanceof EndPoint.Wrapper wrapper) {
            inner = wrapper.unwrap();
        }
        return inner instanceof ClientEndPoint client ? client : null;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        int count = super.fill(buffer);
        if (count > 0 && !hasSpoken) {
            firstByte();
        }
        return count;
    }

    private synchronized void firstByte() {
        if (!hasSpoken) {
            waitingSince = System.nanoTime();
            hasSpoken = true;
        }
    }

    /** A request's header has arrived. */
    synchronized void requestBegins() {
        requests++;
    }

    /** Whether a request is being answered. */
    synchronized boolean isAsked() {
        return requests > 0;
    }

    /** A request was answered, or has failed. */
    synchronized void requestEnds() {
        requests--;
        waitingSince = System.nanoTime();
    }

    /**
     * For how long it has been waited for a request's header, in nanoseconds: since the connection's first byte (the
     * TLS handshake counts), or since the last response. 0 while a request is being answered, and before the first
     * byte.
     */
    synchronized long waitedNanos(long now) {
        return hasSpoken && requests == 0 ? now - waitingSince : 0;
    }

    /**
     * The body of a response of unknown length begins.
     *
     * @param endsWithConnection whether the end of the connection will be the end of the body
     */
    void bodyBegins(boolean endsWithConnection) throws IOException {
        unfinished = true;
        if (endsWithConnection) {
            linger(0);
        }
    }

    /** All of the response but its end was handed to the system. */
    void bodyIsWhole() throws IOException {
        if (unfinished) {
            linger(NO_LINGER);
            unfinished = false;
        }
    }

    /** A Unix domain socket is never reset: what was sent arrives. */
    private void linger(int seconds) throws IOException {
        if (getChannel().supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            getChannel().setOption(StandardSocketOptions.SO_LINGER, seconds);
        }
    }

    /** Whether a response that is not whole would be closed with the connection. */
    boolean isUnfinished() {
        return unfinished;
    }

    /** An orderly end would be taken for the end of the body. */
    @Override
    protected void doShutdownOutput() {
        if (unfinished) {
            doClose();
        } else {
            super.doShutdownOutput();
        }
    }
}
