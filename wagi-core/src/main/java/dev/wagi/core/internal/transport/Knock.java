// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Looks as a client whether a server of this process answers. A system accepts connections for a process that hangs, so
 * what counts is what comes back: a response to {@code OPTIONS *}, or, from a server that expects TLS or has enough of
 * this client, the end of the connection.
 */
public final class Knock {

    private static final byte[] REQUEST =
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final Duration LONGEST = Duration.ofDays(365);

    private Knock() {}

    /**
     * Returns the limit of a look, or a long time for one that is not to be reckoned with.
     *
     * @throws IllegalArgumentException if it is not above 0
     */
    public static Duration limit(Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw new IllegalArgumentException("limit must be above 0, not " + limit);
        }
        return limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
    }

    /**
     * Connects once, and waits.
     *
     * @param listening the address that the server is bound to; of all addresses of this machine, the loopback one is
     *     used
     * @param limit how long all of it may take
     * @return whether the server answered within the limit; also true if this process has no descriptors for the
     *     attempt, which says nothing of the server
     */
    public static boolean isAnswered(SocketAddress listening, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        for (SocketAddress address : addresses(listening)) {
            try (Selector selector = Selector.open();
                    SocketChannel channel = open(address)) {
                if (isAnswered(selector, channel, address, deadline)) {
                    return true;
                }
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    private static List<SocketAddress> addresses(SocketAddress listening) {
        if (!(listening instanceof InetSocketAddress inet) || !inet.getAddress().isAnyLocalAddress()) {
            return List.of(listening);
        }
        try {
            SocketAddress four =
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), inet.getPort());
            byte[] six = new byte[16];
            six[15] = 1;
            return inet.getAddress() instanceof Inet6Address
                    ? List.of(four, new InetSocketAddress(InetAddress.getByAddress(six), inet.getPort()))
                    : List.of(four);
        } catch (IOException e) {
            throw new IllegalStateException(e); // never with 4 or 16 bytes
        }
    }

    /**
     * Tries one address.
     *
     * @throws IOException if this process cannot wait for sockets
     */
    private static boolean isAnswered(Selector selector, SocketChannel channel, SocketAddress address, long deadline)
            throws IOException {
        channel.configureBlocking(false);
        SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
        if (!isConnected(selector, channel, address, deadline)) {
            return false;
        }
        try {
            channel.write(ByteBuffer.wrap(REQUEST)); // fits into the buffer of a new connection
            key.interestOps(SelectionKey.OP_READ);
            return await(selector, deadline) && channel.read(ByteBuffer.allocate(1)) != 0;
        } catch (IOException e) {
            return true; // reset, which somebody has to do as well
        }
    }

    private static boolean isConnected(Selector selector, SocketChannel channel, SocketAddress address, long deadline) {
        try {
            if (!channel.connect(address)) {
                while (!channel.finishConnect()) {
                    if (!await(selector, deadline)) {
                        return false;
                    }
                }
            }
            return true;
        } catch (IOException e) {
            return false; // refused: if it listens at all, then at the next one
        }
    }

    private static SocketChannel open(SocketAddress address) throws IOException {
        return address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
    }

    private static boolean await(Selector selector, long deadline) throws IOException {
        selector.selectedKeys().clear();
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        return left > 0 && selector.select(left) > 0;
    }
}
