// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.Set;

/** A module that was validated, linked and made ready to run. Immutable and thread-safe. */
public interface GuestModule {

    /** The names of exported functions that have neither parameters nor results, sorted. */
    Set<String> entrypoints();

    /** Whether it exports a function of that name, of whatever type. */
    boolean exports(String function);

    /** Whether {@link Sandbox#reset} can work at all: some features leave behind what cannot be undone. */
    boolean isReusable();

    /**
     * Makes a new instance: memory, globals and tables as the module defines them, nothing of the guest run yet but its
     * start function, and the one that <a href="https://github.com/bytecodealliance/wizer">Wizer</a> calls if it is
     * exported.
     *
     * @throws GuestTrapException if the start function traps or there is no memory left
     */
    Sandbox instantiate();
}
