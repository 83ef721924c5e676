// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.util.List;

/**
 * What was taken over from another layout.
 *
 * @param references the names that now lead to something
 * @param blobs how many blobs were new
 * @param bytes how much these have
 */
public record Seeded(List<String> references, int blobs, long bytes) {

    /** Copies the list. */
    public Seeded {
        references = List.copyOf(references);
    }
}
