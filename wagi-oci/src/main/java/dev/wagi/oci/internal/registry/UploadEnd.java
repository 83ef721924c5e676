// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import java.net.URI;

/** {@code PUT <location>?digest=<digest>}: completes an upload, with the whole blob or after its chunks. */
final class UploadEnd implements Endpoint<Digest> {

    private final URI location;
    private final Digest digest;
    private final Request.Body rest;

    UploadEnd(URI location, Digest digest, Request.Body rest) {
        this.location = location;
        this.digest = digest;
        this.rest = rest;
    }

    @Override
    public String action() {
        return "uploading the blob " + digest;
    }

    @Override
    public Request request(Remote remote) {
        String text = location.toString();
        String digested =
                text + (text.indexOf('?') < 0 ? "?" : "&") + "digest=" + digest.algorithm() + "%3A" + digest.hex();
        return Request.of("PUT", URI.create(digested))
                .with("Content-Type", "application/octet-stream")
                .with(rest);
    }

    @Override
    public boolean accepts(int status) {
        return status == 201;
    }

    @Override
    public Digest read(Answer answer) {
        return ManifestPull.digest(answer)
                .filter(said -> said.algorithm().equals(digest.algorithm()))
                .orElse(digest);
    }
}
