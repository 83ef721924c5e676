// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.util.Set;

/**
 * Who may have a manifest that is kept.
 *
 * @param isKnown whether a name leads to it, itself or through an index; if not, nobody knows how it came
 * @param isOpen whether everybody may: it was to be had without credentials, or an operator put it there
 * @param credentials whose credentials fetched it, by opaque hashes
 */
public record Access(boolean isKnown, boolean isOpen, Set<String> credentials) {

    /** Copies the set. */
    public Access {
        credentials = Set.copyOf(credentials);
    }
}
