// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Passes connections on to a port of this machine, unless it is cut. */
final class Relay implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = new HashSet<>(); // guarded by this
    private boolean cut; // guarded by this

    Relay(int target) throws IOException {
        this.target = target;
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket other = new Socket(InetAddress.getLoopbackAddress(), target);
                if (register(client, other)) {
                    threads.execute(() -> copy(client, other));
                    threads.execute(() -> copy(other, client));
                }
            } catch (IOException e) {
                // closed, or the target is away
            }
        }
    }

    private synchronized boolean register(Socket client, Socket other) throws IOException {
        open.add(client);
        open.add(other);
        if (cut) {
            closeAll();
        }
        return !cut;
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // it was cut
        }
        synchronized (this) {
            open.remove(from);
        }
    }

    /** Breaks all connections, and refuses others until {@link #mend}. */
    synchronized void cut() throws IOException {
        cut = true;
        closeAll();
    }

    synchronized void mend() {
        cut = false;
    }

    private synchronized void closeAll() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
        threads.shutdownNow();
    }
}
