// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.io.IOException;

/** One instance of a module, ready to run once, and once more after each {@link #reset}. Used by one thread at a time. */
public interface Sandbox {

    /**
     * Runs an entrypoint on the calling thread until it returns, exits, traps or is stopped.
     *
     * @param entrypoint an exported function without parameters and results, one of {@link GuestModule#entrypoints()}
     * @return the exit code: 0 if it returned, else what it gave to {@code proc_exit}
     * @throws GuestTrapException if it trapped, exhausted the stack, or the thread was interrupted
     * @throws IOException what a stream of {@code io} threw; the guest was stopped there
     * @throws RuntimeException what a stream of {@code io} threw; the guest was stopped there
     */
    int run(String entrypoint, GuestIo io) throws IOException;

    /**
     * Puts the instance back into the state right after instantiation: memory and its size, globals, tables, segments,
     * descriptors. Only after a run that ended by itself.
     *
     * @return false if something cannot be undone; then it must not be run again
     */
    boolean reset();

    /** The bytes of the JVM's heap that it takes, roughly. */
    int footprint();
}
