// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.http.TransferException;
import dev.wagi.oci.internal.manifest.Descriptor;
import dev.wagi.oci.internal.text.Foreign;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v2/<name>/blobs/<digest>}. Bytes that an interrupted transfer left in the sink are not requested again
 * (RFC 9110, section 14.2): 206 continues after them, 200 starts over, and 416 means that the rest is not available.
 */
final class BlobPull implements Endpoint<BlobSink> {

    private static final int BUFFER = 64 * 1024;
    private static final Pattern RANGE = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

    private final Descriptor blob;
    private final BlobSink sink;
    private final Progress progress;
    private @Nullable String entityTag;
    private boolean ranges = true;
    private boolean resumed;

    BlobPull(Descriptor blob, BlobSink sink, Progress progress) {
        this.blob = blob;
        this.sink = sink;
        this.progress = progress;
    }

    @Override
    public String action() {
        return "fetching the blob " + blob.digest();
    }

    @Override
    public Request request(Remote remote) {
        if (sink.have() > 0 && !ranges) {
            sink.restart();
        }
        Request request = Request.of("GET", remote.uri("/blobs/" + blob.digest()));
        if (sink.have() == 0) {
            return request;
        }
        Request part = request.with("Range", "bytes=" + sink.have() + "-");
        return entityTag == null ? part : part.with("If-Range", entityTag);
    }

    @Override
    public boolean accepts(int status) {
        return status == 200 || status == 206 || status == 416;
    }

    @Override
    public BlobSink read(Answer answer) throws IOException {
        long have = sink.have();
        if (answer.status() == 416 || answer.status() == 206 && !isRest(answer, have)) {
            ranges = false;
            throw new TransferException("the registry does not have the requested part");
        }
        if (answer.status() == 200 && have > 0) {
            sink.restart();
            have = 0;
        }
        resumed = resumed || have > 0;
        // A weak entity tag must not be used to combine parts (RFC 9110, section 13.1.5).
        entityTag = answer.field("ETag")
                .filter(tag -> tag.startsWith("\"") && tag.length() <= 1024)
                .orElse(null);
        checkLength(answer, have);
        copy(answer);
        try {
            sink.commit();
        } catch (OciException.DigestMismatch e) {
            if (resumed) {
                // The two parts may belong to different content.
                resumed = false;
                ranges = false;
                sink.restart();
                throw new TransferException("the parts do not match", e);
            }
            throw e;
        }
        return sink;
    }

    private boolean isRest(Answer answer, long have) {
        Matcher range = RANGE.matcher(answer.field("Content-Range").orElse(""));
        return have > 0
                && range.matches()
                && Long.parseLong(range.group(1)) == have
                && Long.parseLong(range.group(2)) == blob.size() - 1
                && (range.group(3).equals("*") || Long.parseLong(range.group(3)) == blob.size());
    }

    private void checkLength(Answer answer, long have) {
        Optional<String> length = answer.field("Content-Length");
        if (length.isPresent() && !length.get().strip().equals(Long.toString(blob.size() - have))) {
            throw MemoryBlob.mismatch(
                    blob.digest(),
                    "the registry sends " + Foreign.quoted(length.get()) + " bytes instead of " + (blob.size() - have));
        }
    }

    private void copy(Answer answer) throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (true) {
            int read = answer.body().read(buffer);
            if (read < 0) {
                break;
            }
            sink.write(buffer, 0, read);
            progress.at(sink.have());
        }
        if (sink.have() < blob.size()) {
            throw new TransferException("the transfer ended after " + sink.have() + " of " + blob.size() + " bytes");
        }
    }
}
