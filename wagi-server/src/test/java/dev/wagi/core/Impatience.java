// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.WagiConfigException;
import java.time.Duration;

/** Lets tests of transports wait less long than users do. */
public final class Impatience {

    private Impatience() {}

    /** A host that gives up a guest as soon as it has not ended at its first interrupt. */
    public static Wagi.Builder of(Wagi.Builder builder) {
        return builder.patience(Duration.ofMillis(20));
    }

    /** Loads modules whose timeout may pass while they are instantiated on a busy machine: until it does not. */
    public static Wagi build(Wagi.Builder builder) {
        while (true) {
            try {
                return builder.build();
            } catch (WagiConfigException e) {
                if (!String.valueOf(e.getMessage()).contains("ms to be instantiated, its timeout")) {
                    throw e;
                }
            }
        }
    }
}
