// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.util.Set;

/**
 * An entry of the index that holds some content.
 *
 * @param name the name of the entry; empty if it has none
 * @param manifest the manifest or index of the entry
 * @param isSeeded whether it was seeded by an operator rather than pulled
 * @param credentials as in {@link StoredReference#credentials}
 */
public record Holder(String name, Digest manifest, boolean isSeeded, Set<String> credentials) {

    /** Copies the credentials. */
    public Holder {
        credentials = Set.copyOf(credentials);
    }
}
