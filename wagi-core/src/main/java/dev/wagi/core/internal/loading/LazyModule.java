// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.time.Duration;

/** A module of one configuration that was fetched and validated, and is loaded when it is needed. Thread-safe. */
final class LazyModule implements Loading {

    /** What is compiled within about a second. */
    private static final int LARGE_BYTES = 1 << 20;

    private final ModuleConfiguration configuration;
    private final LazyCode code;
    private final Strays strays;
    private final Duration patience;

    /**
     * Creates a module.
     *
     * @param patience how long it may take to be compiled
     */
    LazyModule(ModuleConfiguration configuration, LazyCode code, Strays strays, Duration patience) {
        this.configuration = configuration;
        this.code = code;
        this.strays = strays;
        this.patience = patience;
    }

    /** Does both steps on this thread. */
    LoadedGuest load() {
        return instantiate(compile());
    }

    @Override
    public boolean isLarge() {
        return code.bytes() > LARGE_BYTES;
    }

    @Override
    public LoadedGuest instantiate(GuestCode compiled) {
        return new LoadedGuest(compiled, ModuleLoader.module(configuration, compiled, strays));
    }

    @Override
    public GuestCode compile() {
        Watchdog.Watch watch = strays.watchdog().begin(patience.toNanos());
        boolean late = false;
        try {
            try {
                return code.load();
            } finally {
                late = watch.end();
            }
        } catch (ModuleLoadException e) {
            throw late
                    ? new ModuleLoadException(ModuleLoader.late(configuration, patience, ModuleLoader.Step.COMPILE), e)
                    : e;
        }
    }
}
