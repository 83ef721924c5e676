// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening socket: says clearly why it cannot be opened, bounds the connections of one client, and does not hold
 * up a stop for idle connections.
 */
final class Listener extends ServerConnector {

    private static final Logger LOG = LoggerFactory.getLogger(dev.wagi.server.Listener.class);

    /** Each occupies a thread. A few are enough, as guests take far longer than what is done here. */
    private static final int ACCEPTORS = 1;

    static final int SELECTORS = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 4));

    /**
     * How many connections wait to be accepted; the system has a limit as well (4096 in Linux). The client of one more
     * waits a second before it asks again, then two, then four.
     */
    static final int BACKLOG = 4096;

    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    private static final int IPV6_BLOCK_BYTES = 8;

    private final Arrivals arrivals = new Arrivals();
    private final AtomicLong accepted = new AtomicLong();

    private int perAddress;

    /** The threads that it shares with other servers; null if it has its own. */
    private final @Nullable IoThreads io;

    /** Whether other sockets or processes take the connections that this one does not accept any more. */
    private final boolean handsOver;

    /** What accepts connections if no thread is there for that alone. */
    private volatile @Nullable Accepting accepting;

    private volatile boolean leaving;

    private Runnable opened = () -> {};

    /** A Unix domain socket, with which Jetty's own connector cannot work; null for an internet address. */
    private @Nullable ServerSocketChannel unix;

    /**
     * For a server, not open yet.
     *
     * @param io the threads that it shares with other servers; null if it has its own
     * @param handsOver whether {@link #leave} is called before a stop; not for a Unix domain socket
     * @param protocols from the outermost to the innermost
     */
    Listener(Server server, @Nullable IoThreads io, boolean handsOver, ConnectionFactory... protocols) {
        super(server, io == null && !handsOver ? ACCEPTORS : 0, SELECTORS, protocols);
        this.io = io;
        this.handsOver = handsOver;
        setAcceptQueueSize(BACKLOG);
        getSelectorManager().addEventListener(arrivals);
    }

    /**
     * Opens a listening socket; clients can connect to it from now on.
     *
     * @param wanted where; port 0 is any free one
     * @param shared whether others may listen there, too, if they say so as well
     * @throws WagiServerException if that is not possible
     */
    static ServerSocketChannel bind(Address wanted, boolean shared) {
        InetAddress resolved;
        try {
            resolved = InetAddress.getByName(wanted.host());
        } catch (UnknownHostException e) {
            throw failure(wanted, "the host name cannot be resolved. Name an address of this machine.", e);
        }
        ServerSocketChannel socket = null;
        try {
            socket = ServerSocketChannel.open();
            if (shared) {
                if (!socket.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                    close(socket);
                    throw failure(
                            wanted,
                            "this system has no SO_REUSEPORT, so that ports cannot be shared. Listen without sharing.",
                            new UnsupportedOperationException());
                }
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            // As in Jetty: a server that was stopped leaves connections behind, which do not matter to the next one.
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return socket.bind(new InetSocketAddress(resolved, wanted.port()), BACKLOG);
        } catch (IOException e) {
            close(socket);
            throw failure(wanted, reason(resolved, wanted.port(), e, shared), e);
        }
    }

    /**
     * Listens on a socket that is bound, and closes it at the end.
     *
     * @return where it is
     * @throws WagiServerException if it is closed, or not bound
     */
    Address listen(ServerSocketChannel socket) {
        try {
            SocketAddress local = socket.getLocalAddress();
            if (!handsOver) { // a process with the same socket may need it as it is
                socket.configureBlocking(true);
            }
            if (local instanceof UnixDomainSocketAddress path) {
                unix = socket;
                return Address.unix(path.getPath());
            }
            if (!(local instanceof InetSocketAddress bound)) {
                throw new WagiServerException("Cannot serve on the given socket: it is not bound."
                        + " Bind it to an address and a port, or to a path.");
            }
            open(socket);
            return new Address(bound.getAddress().getHostAddress(), bound.getPort());
        } catch (ClosedChannelException e) {
            throw new WagiServerException("Cannot serve on the given socket: it is closed. Give an open one.", e);
        } catch (IOException e) {
            throw new WagiServerException("Cannot serve on the given socket: " + e + ". Give another one.", e);
        }
    }

    static void close(@Nullable ServerSocketChannel socket) {
        if (socket != null) {
            SocketFile.remove(socket);
            close((Channel) socket);
        }
    }

    static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It was of no use.
        }
    }

    @Override
    public void open() throws IOException {
        if (unix == null) {
            super.open();
        }
    }

    @Override
    public boolean isOpen() {
        return unix == null ? super.isOpen() : unix.isOpen();
    }

    @Override
    public void close() {
        if (unix != null) {
            close(unix);
            return;
        }
        if (io != null && super.getTransport() instanceof ServerSocketChannel socket) {
            close(socket);
            if (accepting != null) {
                io.flush(); // nobody can connect any more
            }
        }
        super.close();
    }

    @Override
    public @Nullable Object getTransport() {
        return unix == null ? super.getTransport() : unix;
    }

    @Override
    public void accept(int acceptor) throws IOException {
        ServerSocketChannel socket = unix;
        if (socket == null) {
            super.accept(acceptor);
            return;
        }
        SocketChannel channel = socket.accept();
        channel.configureBlocking(false);
        getSelectorManager().accept(channel);
    }

    /**
     * Gives up the socket without closing connections, so that others that listen on the address get those from now on.
     * What waits in the queue of a socket that has the port in common with others is accepted before; it would be lost.
     */
    void leave() {
        leaving = true;
        Accepting mine = accepting;
        if (mine == null || !(super.getTransport() instanceof ServerSocketChannel socket)) {
            return;
        }
        boolean wanted = mine.isWanted(); // else there are as many connections as there may be
        mine.release()
                .completeOnTimeout(null, IoThreads.FLUSH_SECONDS, TimeUnit.SECONDS)
                .join();
        try {
            if (wanted && socket.getOption(StandardSocketOptions.SO_REUSEPORT)) {
                mine.takeRest();
            }
        } catch (UnsupportedOperationException e) {
            LOG.trace("no two sockets of this system have a port in common", e);
        } catch (IOException e) {
            LOG.warn("connections that waited to be accepted may be lost: {}", e.toString());
        } finally {
            close(socket);
        }
    }

    /** Whether no connections come any more, and those that are there had better end. */
    boolean isLeaving() {
        return leaving;
    }

    /** Whether a connection waits for a request, or is about to be known. */
    boolean mayGetRequests() {
        return !arrivals.isEmpty()
                || getConnectedEndPoints().stream()
                        .anyMatch(each -> each instanceof ClientEndPoint client && !client.isAsked());
    }

    @Override
    protected void doStart() throws Exception {
        arrivals.begin();
        if (io != null) {
            io.use();
        }
        boolean started = false;
        try {
            super.doStart();
            started = true;
        } finally {
            if (io != null && !started) {
                io.release();
            }
        }
    }

    /**
     * Jetty closes what its selectors know; what they were just about to learn, or what shared ones know, is closed
     * here.
     */
    @Override
    protected void doStop() throws Exception {
        try {
            super.doStop();
        } finally {
            arrivals.end();
            getConnectedEndPoints().forEach(each -> end(each));
            if (io != null) {
                io.flush();
                io.release();
            }
        }
    }

    /** As Jetty does it: in TLS a client is told that nothing is missing. */
    private static void end(EndPoint endPoint) {
        Connection connection = endPoint.getConnection();
        if (connection == null) {
            endPoint.close();
        } else {
            connection.close();
        }
    }

    @Override
    public void setAccepting(boolean wanted) {
        Accepting shared = accepting;
        if (hasAcceptors()) {
            super.setAccepting(wanted);
        } else if (shared != null && !leaving) {
            shared.want(wanted);
        }
    }

    @Override
    public boolean isAccepting() {
        Accepting shared = accepting;
        return hasAcceptors() ? super.isAccepting() : shared != null && shared.isWanted();
    }

    private boolean hasAcceptors() {
        return io == null && !handsOver;
    }

    /** Returns what waits for its connections, its own or shared. */
    Collection<ManagedSelector> selectors() {
        return io == null ? getSelectorManager().getBeans(ManagedSelector.class) : io.selectors();
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new Connections(executor, scheduler, selectors);
    }

    /**
     * What becomes of the connections of this server. With {@link IoThreads} it has no selectors: theirs ask it about
     * the connections that are attached to it.
     */
    final class Connections extends ServerConnectorManager {

        private Connections(Executor executor, Scheduler scheduler, int selectors) {
            super(executor, scheduler, selectors);
        }

        @Override
        protected void doStart() throws Exception {
            if (io == null) {
                super.doStart();
            }
        }

        @Override
        protected void doStop() throws Exception {
            if (io == null) {
                super.doStop();
            }
        }

        @Override
        protected ManagedSelector chooseSelector() {
            return io == null ? super.chooseSelector() : io.selector();
        }

        @Override
        public void accept(SelectableChannel connection, @Nullable Object attachment) {
            super.accept(connection, io == null ? attachment : this);
        }

        /** Only called if there are no threads that accept. */
        @Override
        public Closeable acceptor(SelectableChannel socket) {
            Accepting shared = new Accepting(
                    chooseSelector(), getScheduler(), (ServerSocketChannel) socket, connection -> accepted(connection));
            accepting = shared; // before a connection can ask it to wait
            shared.begin();
            return shared;
        }

        /** Not on the selectors' thread: what waits for the connection learns here that it has ended. */
        @Override
        public void connectionClosed(Connection connection, @Nullable Throwable cause) {
            if (io == null) {
                super.connectionClosed(connection, cause);
                return;
            }
            try {
                getExecutor().execute(() -> super.connectionClosed(connection, cause));
            } catch (RejectedExecutionException e) {
                super.connectionClosed(connection, cause); // the server has stopped
            } catch (OutOfMemoryError e) {
                // There is no thread for it now. It waits for one, and its connection has to be counted as closed.
                LOG.debug("a connection was closed, of which its requests learn when there is a thread again", e);
            }
        }

        // The rest makes Jetty's methods visible to IoThreads.

        @Override
        protected SocketChannelEndPoint newEndPoint(
                SelectableChannel channel, ManagedSelector selector, SelectionKey key) throws IOException {
            return super.newEndPoint(channel, selector, key);
        }

        @Override
        protected void onAccepted(SelectableChannel channel) {
            super.onAccepted(channel);
        }

        @Override
        protected void onAcceptFailed(SelectableChannel channel, Throwable failure, Object attachment) {
            super.onAcceptFailed(channel, failure, attachment);
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            super.endPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            super.endPointClosed(endPoint);
        }
    }

    /**
     * Closing the socket, which comes before, ends those that accept. An interrupt besides could meet one that has just
     * accepted a connection, which the JDK then throws away without closing it.
     */
    @Override
    protected void interruptAcceptors() {
        if (hasAcceptors()) {
            setAccepting(true); // for those that wait until there is room again
        }
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        if (endPoint instanceof ClientEndPoint client && !arrivals.served(client.getChannel())) {
            endPoint.close();
        }
        opened.run();
    }

    /** Calls something after each connection that was opened, quick as it must be. */
    void onOpened(Runnable action) {
        opened = action;
    }

    /** Unlike Jetty's own, done at once: what is to be waited for are requests, not connections. */
    @Override
    public CompletableFuture<Void> shutdown() {
        super.shutdown();
        return CompletableFuture.completedFuture(null);
    }

    /** Returns how many connections there have been. */
    long accepted() {
        return accepted.get();
    }

    /** Returns the address that it listens on, or null if it is closed. */
    @Nullable
    SocketAddress localAddress() {
        try {
            return getTransport() instanceof ServerSocketChannel socket ? socket.getLocalAddress() : null;
        } catch (IOException e) {
            return null; // closed
        }
    }

    /** Takes at most so many connections from one address; 0 for any number. */
    void limitPerAddress(int number) {
        perAddress = number;
    }

    /**
     * A connection.
     *
     * @throws IOException if its client has too many
     */
    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
            throws IOException {
        accepted.incrementAndGet();
        if (perAddress > 0
                && channel.getRemoteAddress() instanceof InetSocketAddress
                && connectionsOf(block(channel.getRemoteAddress())) >= perAddress) {
            throw new IOException("the client has " + perAddress + " connections already");
        }
        SocketChannelEndPoint client = new ClientEndPoint(
                channel, selector, key, getScheduler(), io == null ? null : (Connections) getSelectorManager());
        client.setIdleTimeout(getIdleTimeout());
        return client;
    }

    /** What one client has: an IPv4 address, or the first 64 bits of an IPv6 one, of which it can choose the rest. */
    private static Object block(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return "unknown";
        }
        return inet.getAddress() instanceof Inet6Address six
                ? ByteBuffer.wrap(six.getAddress(), 0, IPV6_BLOCK_BYTES)
                : inet.getAddress();
    }

    /** Counted afresh each time, so that no count can go wrong. */
    private long connectionsOf(Object block) {
        return getConnectedEndPoints().stream()
                .filter(each -> block(each.getRemoteSocketAddress()).equals(block))
                .count();
    }

    private static WagiServerException failure(Address address, String reason, Exception cause) {
        return new WagiServerException("Cannot serve on " + address + ": " + reason, cause);
    }

    private static String reason(InetAddress address, int port, IOException failure, boolean shared) {
        if (!isOurs(address)) {
            return "it is not an address of this machine. Name one that is, or 0.0.0.0 for all of them.";
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String message = String.valueOf(cause.getMessage());
        if (port > 0 && port < FIRST_UNPRIVILEGED_PORT && message.contains("denied")) {
            return "ports below 1024 need privileges here. Choose a higher one.";
        }
        if (cause instanceof BindException) {
            if (shared) {
                return "the port is in use, and not by a server of this user that shares it. Stop what uses it, or choose"
                        + " another port; 0 takes any free one.";
            }
            return "the port is in use. Stop what uses it, or choose another port; 0 takes any free one.";
        }
        return message + ". Choose another host or port.";
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true; // not known
        }
    }
}
