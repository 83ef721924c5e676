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
import org.jspecify.annotations.Nullable;

/** {@code GET /v2/<name>/manifests/<tag or digest>}. */
final class ManifestPull implements Endpoint<RawManifest> {

    static final int MAX_BYTES = 4 << 20;
    static final String DIGEST_FIELD = "Docker-Content-Digest";

    private final String target;
    private final @Nullable Digest digest;

    ManifestPull(String target, @Nullable Digest digest) {
        this.target = target;
        this.digest = digest;
    }

    @Override
    public String action() {
        return "fetching the manifest";
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("GET", remote.uri("/manifests/" + target)).with("Accept", MediaTypes.ACCEPT);
    }

    @Override
    public boolean accepts(int status) {
        return status == 200;
    }

    /** Verifies the bytes against the requested digest, otherwise against the one in the response. */
    @Override
    public RawManifest read(Answer answer) throws IOException {
        byte[] bytes = answer.bytes(MAX_BYTES)
                .orElseThrow(() ->
                        new OciException.Unsupported("it is larger than " + (MAX_BYTES >> 20) + " MiB; name an image"));
        Optional<Digest> said = digest(answer);
        Digest expected = digest != null ? digest : said.orElseGet(() -> Digest.sha256(bytes));
        if (!expected.matches(bytes)) {
            throw new OciException.DigestMismatch("the manifest should have the digest " + expected + " and has "
                    + Digest.ofHash(expected.algorithm(), expected.computation().digest(bytes))
                    + "; nothing was stored, because a proxy or the registry changed it");
        }
        return new RawManifest(bytes, answer.field("Content-Type").orElse(""), expected);
    }

    /** Returns the digest of a response; empty if it is missing or malformed. It is missing after some redirects. */
    static Optional<Digest> digest(Answer answer) {
        try {
            return answer.field(DIGEST_FIELD).map(Digest::parse);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
