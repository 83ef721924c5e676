// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.http.TransferException;
import dev.wagi.oci.internal.http.Transport;
import java.io.IOException;
import java.net.URI;

/** {@code POST /v2/<name>/blobs/uploads/}: starts an upload. */
final class UploadStart implements Endpoint<UploadStart.Session> {

    private static final int MAX_MINIMUM = 1 << 30;

    /**
     * An upload in progress.
     *
     * @param location the location of the next request
     * @param minimumChunk the minimum size of a chunk in bytes, except for the last one
     */
    record Session(URI location, int minimumChunk) {}

    @Override
    public String action() {
        return "beginning an upload";
    }

    @Override
    public Request request(Remote remote) {
        return Request.of("POST", remote.uri("/blobs/uploads/"));
    }

    @Override
    public boolean accepts(int status) {
        return status == 202;
    }

    @Override
    public Session read(Answer answer) throws IOException {
        String minimum = answer.field("OCI-Chunk-Min-Length").orElse("0").strip();
        return new Session(
                location(answer), minimum.matches("[0-9]{1,9}") ? Math.min(Integer.parseInt(minimum), MAX_MINIMUM) : 0);
    }

    /** Returns the location of the next request of an upload; it changes with each response and may be relative. */
    static URI location(Answer answer) throws IOException {
        String location = answer.field("Location")
                .orElseThrow(() -> new TransferException("the registry did not say where the upload continues"));
        return Transport.redirect(answer.uri(), location);
    }
}
