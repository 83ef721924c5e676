// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import dev.wagi.core.api.WagiConfigException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration. Not thread-safe. */
public final class Problems {

    private final List<String> texts = new ArrayList<>();

    /** Adds a problem: where it is, what is wrong and what to write instead. */
    public void add(String place, String text) {
        texts.add(place + ": " + text);
    }

    /**
     * Ends the collection.
     *
     * @throws WagiConfigException if there is a problem
     */
    public void throwIfAny() {
        if (!texts.isEmpty()) {
            throw new WagiConfigException(texts);
        }
    }
}
