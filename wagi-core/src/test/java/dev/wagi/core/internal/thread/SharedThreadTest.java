// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SharedThreadTest {

    /** An application that can be undeployed: this class once more, in a class loader of its own. */
    public static final class Application implements Function<Supplier<Thread>, Thread> {

        private static final InheritableThreadLocal<Object> OWN = new InheritableThreadLocal<>();

        /** Does what starts a thread, with the application on the stack. */
        @Override
        public Thread apply(Supplier<Thread> start) {
            OWN.set(this);
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            Thread.currentThread().setContextClassLoader(Application.class.getClassLoader());
            try {
                return start.get();
            } finally {
                Thread.currentThread().setContextClassLoader(before);
                OWN.remove();
            }
        }
    }

    private static final class Undeployable extends ClassLoader {

        Undeployable() {
            super(SharedThreadTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Application.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream file = Objects.requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
                byte[] code = file.readAllBytes();
                CodeSource source = Application.class.getProtectionDomain().getCodeSource();
                return defineClass(name, code, 0, code.length, new ProtectionDomain(source, null, this, null));
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private static final CountDownLatch END = new CountDownLatch(1);

    private static Thread start() {
        CompletableFuture<Thread> running = new CompletableFuture<>();
        Thread thread = SharedThread.of(new Waiting(running), "shared");
        thread.start();
        return running.join();
    }

    /** Lasts until the test has ended. */
    private record Waiting(CompletableFuture<Thread> running) implements Runnable {
        @Override
        public void run() {
            running.complete(Thread.currentThread());
            try {
                END.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void thread_thatOutlivesAnApplication_retainsNothingOfIt() throws Exception {
        ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
        Deployed deployed = deploy(gone);
        try {
            assertThat(deployed.thread().isAlive()).isTrue();
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
            while (deployed.loader().get() != null && System.nanoTime() - deadline < 0) {
                System.gc();
                gone.remove(100);
            }
            assertThat(deployed.loader().get()).isNull();
            assertThat(deployed.thread().isAlive()).isTrue();
            assertThat(deployed.thread().isDaemon()).isTrue();
            assertThat(deployed.thread().getContextClassLoader()).isNull();
        } finally {
            END.countDown();
        }
    }

    private record Deployed(Thread thread, WeakReference<ClassLoader> loader) {}

    @SuppressWarnings("unchecked")
    private static Deployed deploy(ReferenceQueue<ClassLoader> gone) throws Exception {
        ClassLoader loader = new Undeployable();
        Class<?> application = loader.loadClass(Application.class.getName());
        assertThat(application.getClassLoader()).isSameAs(loader);
        Function<Supplier<Thread>, Thread> deployed = (Function<Supplier<Thread>, Thread>)
                application.getConstructor().newInstance();
        return new Deployed(deployed.apply(SharedThreadTest::start), new WeakReference<>(loader, gone));
    }
}
