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
 * A response whose body is still to be read; closing it gives up the rest.
 *
 * @param uri what answered, after redirects
 * @param isFirstHand whether the origin that was asked answered, and not one that it redirected to
 * @param body fails with an {@link IOException} if it breaks off, stalls or takes too long
 */
public record Answer(int status, HttpHeaders fields, URI uri, boolean isFirstHand, InputStream body)
        implements AutoCloseable {

    /** How much of an unwanted body is read so that its connection can be used again. */
    private static final int DRAIN = 64 * 1024;

    /** The first value of a field. */
    public Optional<String> field(String name) {
        return fields.firstValue(name);
    }

    /** All values of a field. */
    public List<String> all(String name) {
        return fields.allValues(name);
    }

    /** The body, if it is no longer than that. */
    public Optional<byte[]> bytes(int max) throws IOException {
        byte[] read = body.readNBytes(max + 1);
        return read.length > max ? Optional.empty() : Optional.of(read);
    }

    /** Reads the rest if it is short, and ends. */
    @Override
    public void close() {
        try (body) {
            body.readNBytes(DRAIN);
        } catch (IOException e) {
            // It was not wanted anyway.
        }
    }

    /** Ends without reading the rest. */
    public void abandon() {
        try {
            body.close();
        } catch (IOException e) {
            // The same.
        }
    }
}
