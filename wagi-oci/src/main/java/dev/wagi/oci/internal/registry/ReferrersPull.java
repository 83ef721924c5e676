// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.manifest.MediaTypes;
import java.io.IOException;
import java.util.Optional;

/**
 * {@code GET /v2/<name>/referrers/<digest>}: the index of manifests that refer to a manifest. Not every registry
 * supports it.
 */
final class ReferrersPull implements Endpoint<Optional<byte[]>> {

    private final Digest digest;
    private final int maxBytes;

    ReferrersPull(Digest digest, int maxBytes) {
        this.digest = digest;
        this.maxBytes = maxBytes;
    }

    @Override
    public String action() {
        return "asking for the referrers of " + digest;
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("GET", remote.uri("/referrers/" + digest)).with("Accept", MediaTypes.OCI_INDEX);
    }

    @Override
    public boolean accepts(int status) {
        return status == 200 || status == 404;
    }

    @Override
    public Optional<byte[]> read(Answer answer) throws IOException {
        if (answer.status() == 404) {
            return Optional.empty();
        }
        return Optional.of(answer.bytes(maxBytes)
                .orElseThrow(() -> new OciException.Unsupported("the list of referrers is larger than " + maxBytes
                        + " bytes; remove those that are not needed")));
    }
}
