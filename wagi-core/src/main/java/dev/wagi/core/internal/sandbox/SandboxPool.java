// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.ModuleUsage.Discard;
import org.jspecify.annotations.Nullable;

/** Lends sandboxes of one module, each to one request at a time. Thread-safe. */
public interface SandboxPool {

    /** The pool of a module that was not loaded: nothing can be borrowed. */
    SandboxPool NONE = new SandboxPool() {
        @Override
        public Sandbox borrowNew() {
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
     * Creates a sandbox. Return it with {@link #release}, whatever happened in it.
     *
     * @throws GuestTrapException if the module cannot be instantiated now
     */
    Sandbox borrowNew();

    /**
     * Borrows an idle sandbox, in the state right after instantiation, but never creates one. Return it with
     * {@link #release}, whatever happened in it.
     *
     * @return null if no sandbox is idle
     */
    @Nullable
    Sandbox borrowIdle();

    /**
     * Returns a sandbox to the pool.
     *
     * @param clean whether its run ended normally. After a trap or a stop it is false, and the sandbox must not be lent
     *     again
     */
    void release(Sandbox sandbox, boolean clean);

    /** Drops the idle sandboxes. Sandboxes that are lent may still be returned; they are dropped then. */
    void close();

    /**
     * Returns a pool that lends sandboxes again after they were reset, so that a request pays for the state that it
     * changed rather than for an instance. If the module {@linkplain GuestModule#isReusable cannot be reused}, the pool
     * keeps nothing.
     *
     * @param memory limits what is kept, together with other pools
     * @param counts counts the sandboxes that the pool lends
     */
    static SandboxPool reusing(GuestModule module, IdleMemory memory, InstanceCounts counts) {
        return module.isReusable() ? new ReusingPool(module, memory, counts, Periods::afterOne) : fresh(module, counts);
    }

    /** Returns a pool that keeps nothing and creates an instance for every request, which {@code counts} counts. */
    static SandboxPool fresh(GuestModule module, InstanceCounts counts) {
        return new SandboxPool() {
            @Override
            public Sandbox borrowNew() {
                Sandbox sandbox = module.instantiate();
                synchronized (counts) {
                    counts.created();
                }
                return sandbox;
            }

            @Override
            public @Nullable Sandbox borrowIdle() {
                return null;
            }

            @Override
            public void release(Sandbox sandbox, boolean clean) {
                // Nothing is kept; the garbage collector frees the sandbox.
                synchronized (counts) {
                    counts.returned();
                    counts.discarded(clean ? Discard.NOT_REUSABLE : Discard.FAILED);
                }
            }

            @Override
            public void close() {
                // Nothing is kept, so there is nothing to close.
            }
        };
    }
}
