// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.manifest.MediaTypes;
import dev.wagi.oci.internal.signature.SignatureSource;
import dev.wagi.oci.internal.text.Json;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records the manifest and the layer that were read last. After a successful check these are the valid signature,
 * because the check stops there. For one check.
 *
 * <pre>
 * read from the registry                                stored
 * tag sha256-&lt;hex&gt;.sig, a layer                         the same tag, with the valid layer only
 * referrers or tag sha256-&lt;hex&gt;, a manifest, a bundle   tag sha256-&lt;hex&gt;, an index of that manifest only
 * </pre>
 */
final class SeenSignatures implements SignatureSource {

    private static final String SIMPLE = ".sig";
    private static final int HEX_IN_TAG = 64;

    private final SignatureSource source;
    private final Digest image;
    private @Nullable String target;
    private byte[] manifest = {};
    private @Nullable Digest layer;
    private byte[] content = {};

    SeenSignatures(SignatureSource source, Digest image) {
        this.source = source;
        this.image = image;
    }

    @Override
    public Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException {
        Optional<byte[]> found = source.manifest(tagOrDigest, maxBytes);
        if (found.isPresent() && !tagOrDigest.equals(image.toString())) {
            target = tagOrDigest;
            manifest = found.get();
        }
        return found;
    }

    @Override
    public Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException {
        Optional<byte[]> found = source.blob(digest, maxBytes);
        if (found.isPresent()) {
            layer = digest;
            content = found.get();
        }
        return found;
    }

    @Override
    public Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException {
        return source.referrers(digest, maxBytes);
    }

    /** Returns the signature that was found valid; empty if none was. */
    Optional<ImageStore.Signature> good(OciReference repository, String registry, Holders holders) {
        if (target == null || layer == null) {
            return Optional.empty();
        }
        String tag = image.algorithm() + "-" + image.hex();
        if (target.endsWith(SIMPLE)) {
            Digest digest = Digest.sha256(manifest);
            return Optional.of(new ImageStore.Signature(
                    repository.withTag(tag + SIMPLE),
                    image,
                    digest,
                    MediaTypes.OCI_MANIFEST,
                    Map.of(digest, manifest, layer, content),
                    registry,
                    holders));
        }
        Digest bundle = Digest.parse(target);
        byte[] index = index(bundle);
        Digest digest = Digest.sha256(index);
        return Optional.of(new ImageStore.Signature(
                repository.withTag(image.algorithm() + "-" + image.hex().substring(0, HEX_IN_TAG)),
                image,
                digest,
                MediaTypes.OCI_INDEX,
                Map.of(digest, index, bundle, manifest, layer, content),
                registry,
                holders));
    }

    private byte[] index(Digest bundle) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", 2);
        index.put("mediaType", MediaTypes.OCI_INDEX);
        index.putArray("manifests")
                .addObject()
                .put("mediaType", MediaTypes.OCI_MANIFEST)
                .put("digest", bundle.toString())
                .put("size", manifest.length);
        return Json.write(index);
    }
}
