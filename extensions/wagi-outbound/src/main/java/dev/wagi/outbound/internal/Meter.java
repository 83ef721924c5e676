// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a connection receives, against the content that a guest reads from it. Whatever a server sends without end
 * (interim responses, fields, extensions of chunks, frames without data), with or without TLS, breaks its connection when it
 * has come to {@link #ALLOWANCE} bytes.
 */
final class Meter extends SocketChannelEndPoint {

    /** Bytes that may come for an exchange before any content is read: handshake, head and an HTTP/2 window fit. */
    static final int ALLOWANCE = 256 << 10;

    /** Bytes that each byte of content may take, as much as a frame and a TLS record for one. */
    private static final int PER_BYTE = 64;

    /** Bytes that are read in one go: threads are shared, and Jetty defers what it does about them. */
    private static final int BURST = 32 << 10;

    private final Map<Ends, Meter> meters;
    private final Ends ends;
    private final AtomicLong left = new AtomicLong(ALLOWANCE);

    // Of the thread that reads.
    private int burst;

    private Meter(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            Map<Ends, Meter> meters) {
        super(channel, selector, key, scheduler);
        this.meters = meters;
        this.ends = new Ends(getLocalSocketAddress(), getRemoteSocketAddress());
        meters.put(ends, this);
    }

    /** Names a connection. */
    private record Ends(SocketAddress local, SocketAddress remote) {}

    /** Meters its connections. */
    static final class Connector extends ClientConnector {
        private final Map<Ends, Meter> meters = new ConcurrentHashMap<>();

        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            return new Meter((SocketChannel) channel, selector, key, getScheduler(), meters);
        }

        /** The meter of the connection between two addresses; null if it is closed. */
        @Nullable
        Meter of(SocketAddress local, SocketAddress remote) {
            return meters.get(new Ends(local, remote));
        }
    }

    /** An exchange begins. */
    void begin() {
        left.set(ALLOWANCE);
    }

    /** A guest has read content. */
    void content(int bytes) {
        left.updateAndGet(now -> Math.min(ALLOWANCE, now + (long) PER_BYTE * bytes));
    }

    /** Nothing more may come: the connection breaks when it is read the next time. */
    void exhaust() {
        left.set(Long.MIN_VALUE / 2);
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (burst >= BURST) {
            return 0;
        }
        int count = super.fill(buffer);
        if (count > 0) {
            burst += count;
            if (left.addAndGet(-count) < 0) {
                throw new IOException("the server sends too much that is not content");
            }
        }
        return count;
    }

    @Override
    protected void needsFillInterest() {
        burst = 0;
        super.needsFillInterest();
    }

    @Override
    public void onClose(Throwable cause) {
        meters.remove(ends, this);
        super.onClose(cause);
    }
}
