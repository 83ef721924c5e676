// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import java.io.IOException;

/** {@code GET /v2/<name>/blobs/<digest>} for small content of unknown size, such as a signature. */
final class SmallBlob implements Endpoint<byte[]> {

    private final Digest digest;
    private final int maxBytes;

    SmallBlob(Digest digest, int maxBytes) {
        this.digest = digest;
        this.maxBytes = maxBytes;
    }

    @Override
    public String action() {
        return "fetching the blob " + digest;
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("GET", remote.uri("/blobs/" + digest));
    }

    @Override
    public boolean accepts(int status) {
        return status == 200;
    }

    @Override
    public byte[] read(Answer answer) throws IOException {
        byte[] bytes = answer.bytes(maxBytes)
                .orElseThrow(() ->
                        new OciException.Unsupported("the blob " + digest + " is larger than " + maxBytes + " bytes"));
        if (!digest.matches(bytes)) {
            throw MemoryBlob.mismatch(
                    digest,
                    "the bytes hash to "
                            + Digest.ofHash(
                                    digest.algorithm(), digest.computation().digest(bytes)));
        }
        return bytes;
    }
}
