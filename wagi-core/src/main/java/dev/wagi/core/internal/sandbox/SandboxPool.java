// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import org.jspecify.annotations.Nullable;

/** Lends sandboxes of one module, each to one request at a time. Thread-safe. */
public interface SandboxPool {

    /** The pool of a module that was not loaded: nothing can be borrowed. */
    SandboxPool NONE = new SandboxPool() {
        @Override
        public Sandbox borrow() {
            throw new GuestTrapException("the module was not loaded", null);
        }

        @Override
        public @Nullable Sandbox borrowIdle() {
            return null;
        }

        @Override
        public void release(Sandbox sandbox, boolean clean) {
            throw new IllegalStateException("BUG: it was not borrowed here");
        }

        @Override
        public void close() {
            // Nothing is kept, so there is nothing to close.
        }
    };

    /**
     * Borrows a sandbox in the state right after instantiation. Return it with {@link #release}, whatever happened in
     * it.
     *
     * @throws GuestTrapException if the module cannot be instantiated now
     */
    Sandbox borrow();

    /**
     * Borrows an idle sandbox, but never creates one.
     *
     * @return null if no sandbox is idle
     */
    @Nullable
    Sandbox borrowIdle();

    /**
     * Returns a sandbox to the pool.
     *
     * @param clean whether its run ended normally. After a trap or a stop it is false, and the sandbox must not be
     *     lent again
     */
    void release(Sandbox sandbox, boolean clean);

    /** Drops the idle sandboxes. Sandboxes that are lent may still be returned; they are dropped then. */
    void close();

    /**
     * Returns a pool that lends sandboxes again after they were reset, so that a request pays for the state that it
     * changed rather than for an instance. If the module {@linkplain GuestModule#isReusable cannot be reused}, the
     * pool keeps nothing.
     *
     * @param memory limits what is kept, together with other pools
     */
    static SandboxPool reusing(GuestModule module, IdleMemory memory) {
        return module.isReusable() ? new ReusingPool(module, memory, Periods::afterOne) : fresh(module);
    }

    /** Returns a pool that keeps nothing and creates an instance for every request. */
    static SandboxPool fresh(GuestModule module) {
        return new SandboxPool() {
            @Override
            public Sandbox borrow() {
                return module.instantiate();
            }

            @Override
            public @Nullable Sandbox borrowIdle() {
                return null;
            }

            @Override
            public void release(Sandbox sandbox, boolean clean) {
                // Nothing is kept; the garbage collector frees the sandbox.
            }

            @Override
            public void close() {
                // Nothing is kept, so there is nothing to close.
            }
        };
    }
}
