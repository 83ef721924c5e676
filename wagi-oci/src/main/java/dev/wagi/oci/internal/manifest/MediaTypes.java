// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import java.util.List;
import java.util.Set;

/** The known media types. */
public final class MediaTypes {

    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

    /**
     * The media types of the OCI 1.1 release candidates and of ORAS, both withdrawn. Their manifests list blobs instead
     * of layers.
     */
    static final String OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";

    static final String ORAS_ARTIFACT = "application/vnd.cncf.oras.artifact.manifest.v1+json";

    /** The Accept field for manifests: without the OCI types, some registries answer that there is no manifest. */
    public static final String ACCEPT = String.join(
            ", ", List.of(OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST, OCI_ARTIFACT, ORAS_ARTIFACT));

    static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_LIST);
    static final Set<String> ARTIFACTS = Set.of(OCI_ARTIFACT, ORAS_ARTIFACT);
    static final Set<String> MANIFESTS = Set.of(OCI_MANIFEST, DOCKER_MANIFEST, OCI_ARTIFACT, ORAS_ARTIFACT);

    /** The media types of Docker's first schema, which contains signatures. */
    static final Set<String> SCHEMA_1 = Set.of(
            "application/vnd.docker.distribution.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v1+prettyjws");

    public static final String WASM_TO_OCI_CONFIG = "application/vnd.wasm.config.v1+json";
    public static final String WASM_TO_OCI_LAYER = "application/vnd.wasm.content.layer.v1+wasm";
    public static final String CNCF_CONFIG = "application/vnd.wasm.config.v0+json";
    public static final String CNCF_LAYER = "application/wasm";
    static final String RUNWASI_LAYER = "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm";
    static final String SOLO_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm";

    /** The media types of layers that are the module itself. */
    static final Set<String> MODULES = Set.of(WASM_TO_OCI_LAYER, CNCF_LAYER, RUNWASI_LAYER, SOLO_LAYER);

    static final String SPIN_APPLICATION = "application/vnd.fermyon.spin.application.v1+config";

    /**
     * The media types of all archives that a container engine unpacks, because any of them may delete files of the
     * layers below.
     */
    static final Set<String> TAR_GZIP = Set.of(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

    static final Set<String> TAR = Set.of(
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar");
    static final Set<String> TAR_ZSTD = Set.of(
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar.zstd");

    private MediaTypes() {}
}
