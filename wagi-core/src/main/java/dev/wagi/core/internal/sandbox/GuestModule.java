// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.Set;

/** A module that was validated, linked and prepared to run. Immutable and thread-safe. */
public interface GuestModule {

    /** Returns the names of exported functions that have neither parameters nor results, sorted. */
    Set<String> entrypoints();

    /** Returns whether it exports a function of that name, of any type. */
    boolean exports(String function);

    /** Returns whether {@link Sandbox#reset} can work at all; some features have effects that cannot be undone. */
    boolean isReusable();

    /**
     * Creates an instance with memory, globals and tables as the module defines them. No guest code has run except its
     * start function, and the initialiser of <a href="https://github.com/bytecodealliance/wizer">Wizer</a> if it is
     * exported.
     *
     * @throws GuestTrapException if the start function traps or the heap is exhausted
     */
    Sandbox instantiate();
}
