// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.util.Optional;

/** Fetches content from the repository whose image is checked. The content returned is not trusted. */
public interface SignatureSource {

    /**
     * Fetches a manifest or index.
     *
     * @param tagOrDigest the tag or digest, such as {@code sha256-<hex>.sig} or {@code sha256:<hex>}
     * @param maxBytes the maximum size; an exception is thrown for more
     * @return empty if the registry does not have it
     */
    Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException;

    /**
     * Fetches a blob.
     *
     * @param maxBytes the maximum size; an exception is thrown for more
     * @return empty if the registry does not have it
     */
    Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException;

    /**
     * Fetches the index of the manifests that refer to a manifest, from the referrers API.
     *
     * @param maxBytes the maximum size; an exception is thrown for more
     * @return empty if the registry does not support that API (404)
     */
    Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException;
}
