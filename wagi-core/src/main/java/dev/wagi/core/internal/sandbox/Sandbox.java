// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.io.IOException;

/** An instance of a module that can run once, and once more after each {@link #reset}. Used by one thread at a time. */
public interface Sandbox {

    /**
     * Runs an entrypoint on the calling thread until it returns, exits, traps or is stopped.
     *
     * @param entrypoint an exported function without parameters and results, one of {@link GuestModule#entrypoints()}
     * @return the exit code: 0 if it returned, else the argument of {@code proc_exit}
     * @throws GuestTrapException if it trapped, exhausted the stack, or the thread was interrupted
     * @throws IOException if a stream of {@code io} threw it; the guest was stopped there
     * @throws RuntimeException if a stream of {@code io} threw it; the guest was stopped there
     */
    int run(String entrypoint, GuestIo io) throws IOException;

    /**
     * Resets the instance to the state right after instantiation: memory and its size, globals, tables, segments,
     * descriptors. Allowed only after a run that ended normally.
     *
     * @return false if some state cannot be reset; then the instance must not be run again
     */
    boolean reset();

    /** Returns roughly how many bytes of the JVM's heap it uses. */
    int footprint();
}
