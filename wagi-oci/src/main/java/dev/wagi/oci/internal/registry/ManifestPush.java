// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;

/** {@code PUT /v2/<name>/manifests/<tag or digest>}. */
final class ManifestPush implements Endpoint<Digest> {

    private final String target;
    private final String mediaType;
    private final byte[] manifest;

    ManifestPush(String target, String mediaType, byte[] manifest) {
        this.target = target;
        this.mediaType = mediaType;
        this.manifest = manifest;
    }

    @Override
    public String action() {
        return "pushing the manifest";
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("PUT", remote.uri("/manifests/" + target))
                .with("Content-Type", mediaType)
                .with(new Request.Body(manifest, 0, manifest.length));
    }

    @Override
    public boolean accepts(int status) {
        return status == 201;
    }

    @Override
    public Digest read(Answer answer) {
        return ManifestPull.digest(answer)
                .filter(said -> said.algorithm().equals("sha256"))
                .orElseGet(() -> Digest.sha256(manifest));
    }
}
