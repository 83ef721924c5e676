// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one table of a configuration: reports what is wrong with their values.
 *
 * @param place the table, for messages
 * @param problems receives what is wrong
 */
record Keys(String place, Problems problems) {

    /** Returns the place of a key: {@code modules.toml, module 3, key 'route'}. */
    String at(String key) {
        return place + ", key '" + key + "'";
    }

    /** Reports that a key is required. */
    void missing(String key, String example) {
        problems.add(place, "the key '" + key + "' is missing; write for instance " + key + " = " + example);
    }

    /**
     * Reports a value unless it is good.
     *
     * @param text what is wrong, to follow the value
     * @return whether it is good
     */
    boolean test(boolean good, String key, @Nullable String value, String text) {
        if (!good) {
            problems.add(at(key), "\"" + value + "\" " + text);
        }
        return good;
    }

    /**
     * Parses the value of a required key.
     *
     * @param example a value to write
     * @param parser throws {@link IllegalArgumentException} with what is wrong, to follow the value
     * @return null if a problem was added
     */
    <T> @Nullable T parse(String key, @Nullable String text, String example, Function<String, T> parser) {
        if (text == null) {
            missing(key, example);
            return null;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(at(key), "\"" + text + "\" " + e.getMessage());
            return null;
        }
    }
}
