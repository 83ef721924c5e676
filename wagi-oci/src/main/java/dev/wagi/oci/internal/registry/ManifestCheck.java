// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.manifest.MediaTypes;
import java.util.Optional;

/** {@code HEAD /v2/<name>/manifests/<tag>}: what a tag means, for less than the manifest costs. */
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

    /** Empty if it has to be fetched to know it. */
    @Override
    public Optional<Digest> read(Answer answer) {
        return answer.status() == 200 ? ManifestPull.digest(answer) : Optional.empty();
    }
}
