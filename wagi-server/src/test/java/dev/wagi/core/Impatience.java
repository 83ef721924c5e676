// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import java.time.Duration;

/** Lets tests of transports wait less long than users do. */
public final class Impatience {

    private Impatience() {}

    /** A host that gives up a guest as soon as it has not ended at its first interrupt. */
    public static Wagi.Builder of(Wagi.Builder builder) {
        return builder.patience(Duration.ofMillis(20));
    }
}
