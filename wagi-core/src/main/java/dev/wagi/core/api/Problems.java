// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.ArrayList;
import java.util.List;

/** Collects the problems of a configuration, so that users see all of them at once. Not thread-safe. */
public final class Problems {

    private final List<WagiConfigException.Problem> all = new ArrayList<>();

    private Problems() {}

    /** {@return an empty collection} */
    public static Problems none() {
        return new Problems();
    }

    /**
     * Adds a problem, described in one sentence.
     *
     * @param place where the problem is, for instance {@code modules.toml, module 2, key 'route'}
     * @param text what is wrong and what to write instead
     */
    public void add(String place, String text) {
        all.add(WagiConfigException.Problem.of(place + ": " + text));
    }

    /**
     * Adds a problem whose remedy depends on the program that starts the host.
     *
     * @param place where the problem is, as in {@link #add(String, String)}
     * @param text what is wrong, without the remedy
     * @param remedy what the caller can do about it
     */
    public void add(String place, String text, Remedy remedy) {
        all.add(WagiConfigException.Problem.of(place + ": " + text).withRemedy(remedy));
    }

    /** {@return whether no problem has been added} */
    public boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * Throws if any problem has been added.
     *
     * @throws WagiConfigException if there is a problem
     */
    public void throwIfAny() {
        if (!all.isEmpty()) {
            throw WagiConfigException.of(all);
        }
    }
}
