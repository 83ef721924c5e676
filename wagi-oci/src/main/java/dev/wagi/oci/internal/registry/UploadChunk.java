// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import java.io.IOException;
import java.net.URI;

/** {@code PATCH <location>}: uploads one chunk. */
final class UploadChunk implements Endpoint<URI> {

    private final URI location;
    private final Request.Body part;

    UploadChunk(URI location, Request.Body part) {
        this.location = location;
        this.part = part;
    }

    @Override
    public String action() {
        return "uploading a part";
    }

    @Override
    public Request request(Remote remote) {
        // The format of the specification: without a unit and a total.
        String range = part.offset() + "-" + (part.offset() + part.length() - 1);
        return Request.of("PATCH", location)
                .with("Content-Type", "application/octet-stream")
                .with("Content-Range", range)
                .with(part);
    }

    @Override
    public boolean accepts(int status) {
        return status == 202;
    }

    @Override
    public URI read(Answer answer) throws IOException {
        return UploadStart.location(answer);
    }
}
