// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;

/** {@code HEAD /v2/<name>/blobs/<digest>}: whether the blob exists; false if the registry does not support HEAD. */
final class BlobCheck implements Endpoint<Boolean> {

    private final Digest digest;

    BlobCheck(Digest digest) {
        this.digest = digest;
    }

    @Override
    public String action() {
        return "asking for the blob " + digest;
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("HEAD", remote.uri("/blobs/" + digest));
    }

    @Override
    public boolean accepts(int status) {
        return status == 200 || status == 404 || status == 405;
    }

    @Override
    public Boolean read(Answer answer) {
        return answer.status() == 200;
    }
}
