// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.fuzz;

import java.util.Objects;

/** Assertions that cost nothing while they hold, because they run millions of times. */
public final class Promise {

    private Promise() {}

    /** Fails unless the condition holds. */
    public static void that(boolean kept, String promise) {
        if (!kept) {
            throw new AssertionError(promise);
        }
    }

    /** Fails unless the values are equal. */
    public static void same(Object left, Object right, String promise) {
        if (!Objects.equals(left, right)) {
            throw new AssertionError(promise + ": <" + left + "> and <" + right + ">");
        }
    }
}
