// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;

/** A pulled module. */
public final class OciModule {

    private final OciReference reference;
    private final Digest manifest;
    private final Digest module;
    private final String mediaType;
    private final byte[] bytes;

    OciModule(OciReference reference, Digest manifest, Digest module, String mediaType, byte[] bytes) {
        this.reference = reference;
        this.manifest = manifest;
        this.module = module;
        this.mediaType = mediaType;
        this.bytes = bytes;
    }

    /** {@return the reference that was requested} */
    public OciReference reference() {
        return reference;
    }

    /** {@return the digest of the manifest or index that the reference points to} */
    public Digest manifest() {
        return manifest;
    }

    /** {@return the digest of the module} */
    public Digest module() {
        return module;
    }

    /**
     * {@return the media type of the layer that is or contains the module, exactly as the registry wrote it: escape it
     * before displaying it}
     */
    public String mediaType() {
        return mediaType;
    }

    /** {@return the module, a core module in binary form; always the same array, which must not be modified} */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the reference, the digest of the manifest and the size of the module. */
    @Override
    public String toString() {
        return "OciModule[" + reference + ", " + manifest + ", " + bytes.length + " bytes]";
    }
}
