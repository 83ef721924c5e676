// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.util.Set;

/**
 * An entry of the index that holds some content.
 *
 * @param name the entry's name; empty if it has none
 * @param manifest the manifest or index that the entry is about
 * @param isSeeded whether an operator put it there, and not a pull
 * @param credentials as {@link StoredReference#credentials}
 */
public record Holder(String name, Digest manifest, boolean isSeeded, Set<String> credentials) {

    /** Copies the set. */
    public Holder {
        credentials = Set.copyOf(credentials);
    }
}
