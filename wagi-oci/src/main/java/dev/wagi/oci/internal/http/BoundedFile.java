// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads small files that a user names, such as keys and certificates. The size is bounded, so that a device file cannot
 * exhaust the heap.
 */
public final class BoundedFile {

    private static final int MAX_BYTES = 4 << 20;

    private BoundedFile() {}

    /**
     * Reads a whole file.
     *
     * @throws IOException if the file cannot be read, or is larger than 4 MiB
     */
    public static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it is larger than " + (MAX_BYTES >> 20) + " MiB");
            }
            return bytes;
        }
    }
}
