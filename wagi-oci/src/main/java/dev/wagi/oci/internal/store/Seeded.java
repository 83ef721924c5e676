// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.util.List;

/**
 * The result of an import.
 *
 * @param references the imported names
 * @param blobs the number of new blobs
 * @param bytes the total size of the new blobs
 */
public record Seeded(List<String> references, int blobs, long bytes) {

    /** Copies the references. */
    public Seeded {
        references = List.copyOf(references);
    }
}
