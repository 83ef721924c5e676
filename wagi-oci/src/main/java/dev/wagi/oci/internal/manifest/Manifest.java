// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A manifest or an index, to which a tag or a digest of a registry refers. */
public sealed interface Manifest {

    /** Returns its media type. */
    String mediaType();

    /** Returns its annotations. */
    Map<String, String> annotations();

    /**
     * A manifest of one image or one artifact.
     *
     * @param artifactType the artifact type; empty if not specified
     * @param config the configuration; null for the withdrawn artifact manifests
     * @param layers the layers, which artifact manifests call blobs
     */
    record Image(
            String mediaType,
            String artifactType,
            @Nullable Descriptor config,
            List<Descriptor> layers,
            Map<String, String> annotations)
            implements Manifest {

        /** Copies the collections. */
        public Image {
            layers = List.copyOf(layers);
            annotations = Map.copyOf(annotations);
        }
    }

    /** An index of images for different platforms. */
    record Index(String mediaType, List<Descriptor> manifests, Map<String, String> annotations) implements Manifest {

        /** Copies the collections. */
        public Index {
            manifests = List.copyOf(manifests);
            annotations = Map.copyOf(annotations);
        }
    }
}
