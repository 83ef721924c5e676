// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a tag or a digest of a registry leads to. */
public sealed interface Manifest {

    /** Its media type. */
    String mediaType();

    /** Its annotations. */
    Map<String, String> annotations();

    /**
     * One image, or one artifact.
     *
     * @param artifactType empty if it was not said
     * @param config null for the withdrawn artifact manifests
     * @param layers its parts, which artifact manifests call blobs
     */
    record Image(
            String mediaType,
            String artifactType,
            @Nullable Descriptor config,
            List<Descriptor> layers,
            Map<String, String> annotations)
            implements Manifest {

        /** Copies. */
        public Image {
            layers = List.copyOf(layers);
            annotations = Map.copyOf(annotations);
        }
    }

    /** Several images for different platforms. */
    record Index(String mediaType, List<Descriptor> manifests, Map<String, String> annotations) implements Manifest {

        /** Copies. */
        public Index {
            manifests = List.copyOf(manifests);
            annotations = Map.copyOf(annotations);
        }
    }
}
