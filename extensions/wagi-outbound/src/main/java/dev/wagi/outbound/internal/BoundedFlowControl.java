// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.BufferingFlowControlStrategy;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;

/**
 * Flow control that limits frames as well as bytes: a window full of small DATA frames takes a hundred times its size
 * in memory, and empty frames do not count against the window.
 */
final class BoundedFlowControl extends BufferingFlowControlStrategy {

    private static final float BUFFER_RATIO = 0.5f;

    private static final int MAX_UNREAD_FRAMES = 1024;
    private static final int MAX_EMPTY_FRAMES = 64;

    private final AtomicInteger unread = new AtomicInteger();
    private final AtomicInteger empty = new AtomicInteger();

    private final Meter.Connector connector;

    /**
     * Creates the flow control of one connection.
     *
     * @param connector the connector that created the connection
     */
    BoundedFlowControl(Meter.Connector connector) {
        super(BUFFER_RATIO);
        this.connector = connector;
    }

    @Override
    public void onStreamCreated(Stream stream) {
        unread.set(0);
        empty.set(0);
        super.onStreamCreated(stream);
    }

    @Override
    public void onDataReceived(Session session, Stream stream, int length) {
        super.onDataReceived(session, stream, length);
        boolean tooMany =
                length == 0 ? empty.incrementAndGet() > MAX_EMPTY_FRAMES : unread.incrementAndGet() > MAX_UNREAD_FRAMES;
        if (tooMany) {
            Meter meter = connector.of(session.getLocalSocketAddress(), session.getRemoteSocketAddress());
            if (meter != null) {
                meter.exhaust();
            }
        }
    }

    @Override
    public void onDataConsumed(Session session, Stream stream, int length) {
        unread.decrementAndGet();
        super.onDataConsumed(session, stream, length);
    }
}
