// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.util.List;

/**
 * What a collection did.
 *
 * @param references the names that are gone
 * @param blobs how many blobs were removed, unfinished ones too
 * @param freedBytes how much these had
 * @param keptBytes what the blobs that are left have
 */
public record Collected(List<String> references, int blobs, long freedBytes, long keptBytes) {

    /** Copies the list. */
    public Collected {
        references = List.copyOf(references);
    }
}
