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
 * Compares the bytes that a connection receives with the content that a guest reads from it. If a server sends endless
 * data that is not content (interim responses, header fields, chunk extensions, frames without data), with or without
 * TLS, its connection is closed after {@link #ALLOWANCE} bytes.
 */
final class Meter extends SocketChannelEndPoint {

    /**
     * The number of bytes that may be received for an exchange before content is read, enough for the handshake, the
     * header and an HTTP/2 window.
     */
    static final int ALLOWANCE = 256 << 10;

    /** The number of bytes that each byte of content may take, enough for a separate frame and TLS record. */
    private static final int PER_BYTE = 64;

    /** The number of bytes that are read at a time. Threads are shared, and Jetty defers the processing. */
    private static final int BURST = 32 << 10;

    private final Map<Ends, Meter> meters;
    private final Ends ends;
    private final AtomicLong left = new AtomicLong(ALLOWANCE);

    // Used only by the reading thread.
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

    /** The two endpoints of a connection. */
    private record Ends(SocketAddress local, SocketAddress remote) {}

    /** Creates connections with a meter. */
    static final class Connector extends ClientConnector {
        private final Map<Ends, Meter> meters = new ConcurrentHashMap<>();

        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            return new Meter((SocketChannel) channel, selector, key, getScheduler(), meters);
        }

        /** Returns the meter of the connection between two addresses; null if it is closed. */
        @Nullable
        Meter of(SocketAddress local, SocketAddress remote) {
            return meters.get(new Ends(local, remote));
        }
    }

    /** Called when an exchange begins. */
    void begin() {
        left.set(ALLOWANCE);
    }

    /** Called when a guest has read content. */
    void content(int bytes) {
        left.updateAndGet(now -> Math.min(ALLOWANCE, now + (long) PER_BYTE * bytes));
    }

    /** Makes the next read of the connection fail. */
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
