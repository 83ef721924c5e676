// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Optional;

/**
 * A response whose body has not been read yet. Closing it discards the rest of the body.
 *
 * @param uri the URI that answered, after redirects
 * @param isFirstHand whether the response is from the origin that was asked, and not from one that it redirected to
 * @param body throws an {@link IOException} if the connection breaks, stalls or exceeds the deadline
 */
public record Answer(int status, HttpHeaders fields, URI uri, boolean isFirstHand, InputStream body)
        implements AutoCloseable {

    /** The number of bytes of an unwanted body that are read so that its connection can be reused. */
    private static final int DRAIN = 64 * 1024;

    /** Returns the first value of a field. */
    public Optional<String> field(String name) {
        return fields.firstValue(name);
    }

    /** Returns all values of a field. */
    public List<String> all(String name) {
        return fields.allValues(name);
    }

    /** Reads the body; returns empty if it is longer than the limit. */
    public Optional<byte[]> bytes(int max) throws IOException {
        byte[] read = body.readNBytes(max + 1);
        return read.length > max ? Optional.empty() : Optional.of(read);
    }

    /** Closes the body after reading its rest, if that is short. */
    @Override
    public void close() {
        try (body) {
            body.readNBytes(DRAIN);
        } catch (IOException e) {
            // The body is not needed, so the failure does not matter.
        }
    }

    /** Closes the body without reading the rest. */
    public void abandon() {
        try {
            body.close();
        } catch (IOException e) {
            // The body is not needed, so the failure does not matter.
        }
    }
}
