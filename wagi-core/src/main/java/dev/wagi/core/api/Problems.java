// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that users see all of it at once. Not thread-safe. */
public final class Problems {

    private final List<WagiConfigException.Problem> all = new ArrayList<>();

    private Problems() {}

    /** {@return a collection with nothing in it yet} */
    public static Problems none() {
        return new Problems();
    }

    /**
     * Adds a problem: one sentence with what is wrong and what to write instead.
     *
     * @param place where it is, for instance {@code modules.toml, module 2, key 'route'}
     * @param text what is wrong and what to write instead
     */
    public void add(String place, String text) {
        all.add(WagiConfigException.Problem.of(place + ": " + text));
    }

    /**
     * Adds a problem whose remedy depends on who starts the host.
     *
     * @param place where it is, as in {@link #add(String, String)}
     * @param text what is wrong, without the remedy
     * @param remedy what the caller can do about it
     */
    public void add(String place, String text, Remedy remedy) {
        all.add(WagiConfigException.Problem.of(place + ": " + text).withRemedy(remedy));
    }

    /** {@return whether nothing is wrong so far} */
    public boolean isEmpty() {
        return all.isEmpty();
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
