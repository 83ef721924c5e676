// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.signature.SignatureSource;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** The stored signatures of a repository, as far as its names give access to them. */
record KeptSignatures(ImageStore store, OciReference repository, ImageStore.Names names) implements SignatureSource {

    @Override
    public Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException {
        try {
            Optional<Digest> digest = tagOrDigest.indexOf(':') > 0
                    ? Optional.of(Digest.parse(tagOrDigest))
                    : store.find(repository.withTag(tagOrDigest));
            return digest.isPresent() && names.holders(digest.get(), Set.of()).isPresent()
                    ? store.read(digest.get(), maxBytes)
                    : Optional.empty();
        } catch (OciException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException {
        return manifest(digest.toString(), maxBytes);
    }

    /** Returns nothing: stored signatures have tags, as in registries without the referrers API. */
    @Override
    public Optional<byte[]> referrers(Digest digest, int maxBytes) {
        return Optional.empty();
    }
}
