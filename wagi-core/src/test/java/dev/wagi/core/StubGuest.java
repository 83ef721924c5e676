// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.Sandbox;
import java.io.IOException;
import java.util.Set;

/** A module without an engine, which is its only instance. */
interface StubGuest extends GuestModule, Sandbox {

    /** What it does; returns the exit code. */
    interface Run {
        int run(GuestIo io) throws IOException;
    }

    /** Returns a module that does the same whatever is called. */
    static StubGuest of(Run run) {
        return (StubGuest) (entrypoint, io) -> run.run(io);
    }

    @Override
    default Set<String> entrypoints() {
        return Set.of("_start");
    }

    @Override
    default boolean exports(String function) {
        return function.equals("_start");
    }

    @Override
    default boolean isReusable() {
        return true;
    }

    @Override
    default Sandbox instantiate() {
        return this;
    }

    @Override
    default boolean reset() {
        return true;
    }

    @Override
    default int footprint() {
        return 0;
    }
}
