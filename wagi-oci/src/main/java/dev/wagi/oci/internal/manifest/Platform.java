// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.internal.text.Foreign;
import java.util.Locale;
import java.util.OptionalInt;

/** The platform of an entry of an index, in lower case, because some tools write {@code Wasip1}. */
public record Platform(String os, String architecture) {

    private static final String WASM = "wasm";

    /** Converts the parts to lower case. */
    public Platform {
        os = os.toLowerCase(Locale.ROOT);
        architecture = architecture.toLowerCase(Locale.ROOT);
    }

    /** Returns how well the platform fits, where smaller is better; empty if it cannot be run. */
    OptionalInt rank() {
        if (architecture.equals(WASM)) {
            return OptionalInt.of(os.equals("wasip1") ? 0 : os.equals("wasi") ? 1 : 3);
        }
        return os.equals("wasi") && architecture.equals("wasm32") ? OptionalInt.of(2) : OptionalInt.empty();
    }

    /** Whether it is the platform of signatures and attestations that accompany images. */
    boolean isUnknown() {
        return os.equals("unknown") && architecture.equals("unknown");
    }

    /** Returns the platform for messages. */
    @Override
    public String toString() {
        return Foreign.quoted(os + "/" + architecture);
    }
}
