// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.sandbox;

/** Lends sandboxes of one module, each to one request at a time. Thread-safe. */
public interface SandboxPool {

    /**
     * A sandbox in the state right after instantiation. Give it back with {@link #release}, whatever happened in it.
     *
     * @throws GuestTrapException if the module cannot be instantiated now
     */
    Sandbox borrow();

    /**
     * Takes a sandbox back.
     *
     * @param clean whether its run ended by itself. After a trap or a stop it is false, and the sandbox must not be lent
     *     again
     */
    void release(Sandbox sandbox, boolean clean);

    /** A pool that keeps nothing: a new instance for every request. */
    static SandboxPool fresh(GuestModule module) {
        return new SandboxPool() {
            @Override
            public Sandbox borrow() {
                return module.instantiate();
            }

            @Override
            public void release(Sandbox sandbox, boolean clean) {
                // Nothing is kept, so the garbage collector has it.
            }
        };
    }
}
