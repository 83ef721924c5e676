// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.internal.text.Foreign;
import java.util.Locale;
import java.util.OptionalInt;

/** What an entry of an index is for, in lower case: some write {@code Wasip1}. */
public record Platform(String os, String architecture) {

    private static final String WASM = "wasm";

    /** Lower case. */
    public Platform {
        os = os.toLowerCase(Locale.ROOT);
        architecture = architecture.toLowerCase(Locale.ROOT);
    }

    /** How well we can run it, the smaller the better; empty if not at all. */
    OptionalInt rank() {
        if (architecture.equals(WASM)) {
            return OptionalInt.of(os.equals("wasip1") ? 0 : os.equals("wasi") ? 1 : 3);
        }
        return os.equals("wasi") && architecture.equals("wasm32") ? OptionalInt.of(2) : OptionalInt.empty();
    }

    /** What signatures and attestations beside images have. */
    boolean isUnknown() {
        return os.equals("unknown") && architecture.equals("unknown");
    }

    /** For a message. */
    @Override
    public String toString() {
        return Foreign.quoted(os + "/" + architecture);
    }
}
