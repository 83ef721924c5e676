// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.thread;

import java.security.AccessController;
import java.security.PrivilegedAction;

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
        return of(task, name, 0);
    }

    /**
     * Creates a thread. It has no context class loader.
     *
     * @param stackBytes the stack size; 0 for the JVM's default
     */
    @SuppressWarnings("removal") // without an alternative where the constructor has the effect
    public static Thread of(Runnable task, String name, long stackBytes) {
        PrivilegedAction<Thread> creation = () -> {
            Thread thread = new Thread(ROOT, task, name, stackBytes, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        };
        return AccessController.doPrivileged(creation);
    }
}
