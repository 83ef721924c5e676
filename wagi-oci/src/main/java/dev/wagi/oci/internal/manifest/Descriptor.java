// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Points to content.
 *
 * @param mediaType without parameters, in lower case; empty if it was not said
 * @param size in bytes
 * @param platform of an entry of an index, or null
 * @param artifactType empty if it was not said
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        @Nullable Platform platform,
        String artifactType,
        Map<String, String> annotations) {

    /** Copies. */
    public Descriptor {
        annotations = Map.copyOf(annotations);
    }
}
