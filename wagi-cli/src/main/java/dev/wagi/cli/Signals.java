// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Signals of POSIX systems. The JDK handles them in {@code sun.misc.Signal} (module {@code jdk.unsupported}), a class
 * that javac warns of at each use and that has no supported counterpart, so it is used by reflection. Where it cannot
 * be used, signals do what they do in any JVM.
 */
final class Signals {

    private Signals() {}

    /**
     * Makes SIGTERM and SIGINT end the process with 0, after its shutdown hooks: to end when asked is no failure, which
     * the JVM's own handlers would make of it.
     */
    static void endNormally() {
        on("TERM", () -> System.exit(0));
        on("INT", () -> System.exit(0));
    }

    /**
     * Runs an action in a thread of its own each time the signal arrives. A signal that was ignored when the process
     * started, as {@code nohup} does with HUP, stays ignored.
     *
     * @param name without SIG, for instance {@code HUP}
     */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "SIG" + name;
                    });
            Object before = signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            Object ignored = handler.getField("SIG_IGN").get(null);
            if (ignored.equals(before)) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), ignored);
            }
        } catch (InvocationTargetException e) {
            // The JVM keeps this signal to itself (-Xrs), or this system does not have it.
        } catch (ReflectiveOperationException e) {
            // A JVM without the class.
        }
    }
}
