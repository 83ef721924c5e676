// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor, which refers to content by its digest.
 *
 * @param mediaType the media type without parameters, in lower case; empty if not specified
 * @param size the size in bytes
 * @param platform the platform of an entry of an index, or null
 * @param artifactType the artifact type; empty if not specified
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        @Nullable Platform platform,
        String artifactType,
        Map<String, String> annotations) {

    /** Copies the annotations. */
    public Descriptor {
        annotations = Map.copyOf(annotations);
    }
}
