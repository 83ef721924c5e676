// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.Sandbox;
import java.io.IOException;
import java.util.Set;

/** A module of which each instance does the same, without an engine. */
record StubGuest(Run run) implements GuestModule, Sandbox {

    /** What it does; returns the exit code. */
    interface Run {
        int run(GuestIo io) throws IOException;
    }

    @Override
    public Set<String> entrypoints() {
        return Set.of("_start");
    }

    @Override
    public boolean exports(String function) {
        return function.equals("_start");
    }

    @Override
    public boolean isReusable() {
        return true;
    }

    @Override
    public Sandbox instantiate() {
        return this;
    }

    @Override
    public int run(String entrypoint, GuestIo io) throws IOException {
        return run.run(io);
    }

    @Override
    public boolean reset() {
        return true;
    }

    @Override
    public int footprint() {
        return 0;
    }
}
