// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import org.jspecify.annotations.Nullable;

/** Lends sandboxes of one module, each to one request at a time. Thread-safe. */
public interface SandboxPool {

    /** Of a module that could not be loaded: nothing can be borrowed. */
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
            // Nothing is kept.
        }
    };

    /**
     * A sandbox in the state right after instantiation. Give it back with {@link #release}, whatever happened in it.
     *
     * @throws GuestTrapException if the module cannot be instantiated now
     */
    Sandbox borrow();

    /**
     * As {@link #borrow}, but never takes the time to make one.
     *
     * @return null if there is none at hand
     */
    @Nullable
    Sandbox borrowIdle();

    /**
     * Takes a sandbox back.
     *
     * @param clean whether its run ended by itself. After a trap or a stop it is false, and the sandbox must not be lent
     *     again
     */
    void release(Sandbox sandbox, boolean clean);

    /** Drops what it keeps. Sandboxes that are lent may still be given back, and go the same way. */
    void close();

    /**
     * A pool that lends sandboxes again after they were reset, so that a request pays for what it touched and not for an
     * instance; one that keeps nothing if the module {@linkplain GuestModule#isReusable cannot be reused}.
     *
     * @param memory bounds what is kept, together with other pools
     */
    static SandboxPool reusing(GuestModule module, IdleMemory memory) {
        return module.isReusable() ? new ReusingPool(module, memory, Periods::afterOne) : fresh(module);
    }

    /** A pool that keeps nothing: a new instance for every request. */
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
                // Nothing is kept, so the garbage collector has it.
            }

            @Override
            public void close() {
                // As above.
            }
        };
    }
}
