// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.manifest.MediaTypes;
import java.util.Optional;

/** {@code HEAD /v2/<name>/manifests/<tag>}: resolves a tag without fetching the manifest. */
final class ManifestCheck implements Endpoint<Optional<Digest>> {

    private final String tag;

    ManifestCheck(String tag) {
        this.tag = tag;
    }

    @Override
    public String action() {
        return "asking for the tag's digest";
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("HEAD", remote.uri("/manifests/" + tag)).with("Accept", MediaTypes.ACCEPT);
    }

    @Override
    public boolean accepts(int status) {
        return status == 200 || status == 405;
    }

    /** Returns the digest; empty if the manifest must be fetched to learn it. */
    @Override
    public Optional<Digest> read(Answer answer) {
        return answer.status() == 200 ? ManifestPull.digest(answer) : Optional.empty();
    }
}
