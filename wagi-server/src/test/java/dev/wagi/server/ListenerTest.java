// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.junit.jupiter.api.Test;

/** What a server with shared threads does if it gets no thread of its own when a connection ends. */
class ListenerTest {

    /** A connection that counts how often it is said to have ended. */
    private static Connection connection(AtomicInteger closed) {
        return (Connection) Proxy.newProxyInstance(
                ListenerTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    if (method.getName().equals("onClose")) {
                        closed.incrementAndGet();
                    }
                    return null;
                });
    }

    private static void close(Executor executor, AtomicInteger closed) {
        try (IoThreads io = IoThreads.start()) {
            Listener listener = new Listener(new Server(new Pool(executor)), io, false, new HttpConnectionFactory());
            SelectorManager connections = listener.getSelectorManager();
            connections.connectionClosed(connection(closed), null);
        }
    }

    /** As Jetty's pool does it: the task is in its queue when there is no thread for it. */
    @Test
    void noThreadCanBeStarted_connectionLearnsItLater() {
        AtomicInteger closed = new AtomicInteger();
        Deque<Runnable> queue = new ArrayDeque<>();

        close(
                task -> {
                    queue.add(task);
                    throw new OutOfMemoryError("unable to create native thread");
                },
                closed);

        assertThat(closed).hasValue(0);
        queue.remove().run();
        assertThat(queue).isEmpty();
        assertThat(closed).hasValue(1);
    }

    @Test
    void serverHasStopped_connectionLearnsItAtOnce() {
        AtomicInteger closed = new AtomicInteger();

        close(
                task -> {
                    throw new RejectedExecutionException();
                },
                closed);

        assertThat(closed).hasValue(1);
    }

    private record Pool(Executor executor) implements ThreadPool {

        @Override
        public void execute(Runnable task) {
            executor.execute(task);
        }

        @Override
        public void join() {}

        @Override
        public int getThreads() {
            return 1;
        }

        @Override
        public int getIdleThreads() {
            return 1;
        }

        @Override
        public boolean isLowOnThreads() {
            return false;
        }
    }
}
