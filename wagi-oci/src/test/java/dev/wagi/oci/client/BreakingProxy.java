// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards to a registry, and breaks the first connections after a number of bytes. */
final class BreakingProxy implements AutoCloseable {

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String target;
    private final int allowed;
    private final AtomicInteger breaks;

    /**
     * Creates a proxy for a registry.
     *
     * @param allowed the number of bytes that a connection may return
     * @param breaks the number of connections that are broken
     */
    BreakingProxy(String target, int allowed, int breaks) {
        this.target = target;
        this.allowed = allowed;
        this.breaks = new AtomicInteger(breaks);
        try {
            server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    String name() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    int breaksLeft() {
        return breaks.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket client) {
        int colon = target.indexOf(':');
        try (client;
                Socket registry =
                        new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))) {
            threads.execute(() -> {
                try {
                    client.getInputStream().transferTo(registry.getOutputStream());
                } catch (IOException e) {
                    // the other direction closes it
                }
            });
            copy(registry.getInputStream(), client.getOutputStream());
        } catch (IOException e) {
            // the client detects it
        }
    }

    private void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[8192];
        int total = 0;
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            total += read;
            if (total > allowed && breaks.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                return;
            }
            to.write(buffer, 0, read);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
