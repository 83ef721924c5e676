// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.util.Optional;

/** Fetches from the repository whose image is checked. What it returns is not trusted. */
public interface SignatureSource {

    /**
     * A manifest or index.
     *
     * @param tagOrDigest such as {@code sha256-<hex>.sig} or {@code sha256:<hex>}
     * @param maxBytes more are refused with an exception
     * @return empty if the registry says that there is none
     */
    Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException;

    /**
     * A blob.
     *
     * @param maxBytes more are refused with an exception
     * @return empty if the registry says that there is none
     */
    Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException;

    /**
     * The index of what refers to a manifest, from the referrers API.
     *
     * @param maxBytes more are refused with an exception
     * @return empty if the registry does not have that API (404)
     */
    Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException;
}
