// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.WagiConfigException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with a configuration. Not thread-safe. */
public final class Problems {

    private final List<WagiConfigException.Problem> all = new ArrayList<>();

    /** Adds a problem: where it is, what is wrong and what to write instead. */
    public void add(String place, String text) {
        add(place, text, null);
    }

    /** Adds a problem whose remedy depends on who starts the host. */
    public void add(String place, String text, @Nullable Remedy remedy) {
        WagiConfigException.Problem problem = WagiConfigException.Problem.of(place + ": " + text);
        all.add(remedy == null ? problem : problem.withRemedy(remedy));
    }

    /**
     * Ends the collection.
     *
     * @throws WagiConfigException if there is a problem
     */
    public void throwIfAny() {
        if (!all.isEmpty()) {
            throw WagiConfigException.of(all);
        }
    }
}
