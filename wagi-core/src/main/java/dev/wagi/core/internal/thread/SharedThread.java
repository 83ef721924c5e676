// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.thread;

import java.security.AccessController;
import java.security.PrivilegedAction;
import org.jspecify.annotations.Nullable;

/**
 * Daemon threads that outlive the host that happens to start them. They retain nothing of it: not the class loader of
 * its application, nor its thread group and inheritable thread-locals, nor the protection domains of the classes that
 * were on the stack, which a thread of the JDK keeps before Java 24.
 */
public final class SharedThread {

    private static final ThreadGroup ROOT = root();

    private SharedThread() {}

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /** Creates a thread with the default stack size. It has no context class loader. */
    public static Thread of(Runnable task, String name) {
        return create(task, name, 0, null);
    }

    /**
     * Creates a thread for work that may look for services: its context class loader is this library's.
     *
     * @param stackBytes the stack size; 0 for the JVM's default
     */
    public static Thread withClassLoader(Runnable task, String name, long stackBytes) {
        return create(task, name, stackBytes, SharedThread.class.getClassLoader());
    }

    @SuppressWarnings("removal") // without an alternative where the constructor has the effect
    private static Thread create(Runnable task, String name, long stackBytes, @Nullable ClassLoader context) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
            Thread thread = new Thread(ROOT, task, name, stackBytes, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(context);
            return thread;
        });
    }
}
