// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.util.List;

/**
 * The result of a collection.
 *
 * @param references the names that were removed
 * @param blobs the number of blobs that were removed, including partial ones
 * @param freedBytes the total size of the removed blobs
 * @param keptBytes the total size of the remaining blobs
 */
public record Collected(List<String> references, int blobs, long freedBytes, long keptBytes) {

    /** Copies the references. */
    public Collected {
        references = List.copyOf(references);
    }
}
