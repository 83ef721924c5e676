// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that send one request after the other to {@code /hello}, each on a new connection or on one that is kept. */
final class Load implements AutoCloseable {

    static final int CLIENTS = 4;

    /** What happens if the system drops a connection that the server has not accepted. */
    static final String LOST = "reset before the response";

    /** A client that takes longer to send its request was held up by this machine: a server need not wait for it. */
    private static final long PROMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** Far more than there are clients, so that most are of requests that begin after the call. */
    private static final int MORE = 100;

    private final int port;
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> failures = new ArrayList<>(); // guarded by itself
    private final AtomicInteger served = new AtomicInteger();
    private final ThreadLocal<Socket> kept = new ThreadLocal<>();
    private volatile CountDownLatch more = new CountDownLatch(MORE);
    private volatile boolean ended;

    Load(int port) {
        this.port = port;
        for (int i = 0; i < CLIENTS; i++) {
            boolean keeps = i % 2 == 0;
            Thread thread = new Thread(() -> run(keeps), "load-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** Waits until the clients have got some more responses. */
    void awaitMore() throws InterruptedException {
        CountDownLatch next = new CountDownLatch(MORE);
        more = next;
        next.await();
    }

    int served() {
        return served.get();
    }

    List<String> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    private void run(boolean keeps) {
        while (!ended) {
            request(keeps);
        }
    }

    private void request(boolean keeps) {
        boolean again = kept.get() != null;
        long began = System.nanoTime();
        boolean prompt = false;
        String received = "";
        try {
            Socket socket = again ? kept.get() : new Socket(InetAddress.getLoopbackAddress(), port);
            kept.remove();
            socket.getOutputStream()
                    .write(("GET /hello HTTP/1.1\r\nHost: h\r\n" + (keeps ? "" : "Connection: close\r\n") + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            prompt = System.nanoTime() - began < PROMPT_NANOS;
            InputStream in = socket.getInputStream();
            while (!received.endsWith("hello world\n")) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                received += (char) next;
            }
            if (!received.startsWith("HTTP/1.1 200 ")) {
                fail(received);
            }
            served.incrementAndGet();
            more.countDown();
            if (keeps && !received.contains("Connection: close")) {
                kept.set(socket);
            } else {
                socket.close();
            }
        } catch (ConnectException e) {
            fail(e.toString());
        } catch (IOException e) {
            if (!received.isEmpty()) {
                fail("broken off: " + received + ", " + e);
            } else if (prompt && !again) { // else any client has to repeat it
                fail(LOST);
            }
        }
    }

    private void fail(String reason) {
        synchronized (failures) {
            failures.add(reason);
        }
    }

    /** Sends no more, and waits until all clients have got what they asked for. */
    void finish() throws InterruptedException {
        ended = true;
        for (Thread each : threads) {
            each.join();
        }
    }

    @Override
    public void close() {
        ended = true;
    }
}
