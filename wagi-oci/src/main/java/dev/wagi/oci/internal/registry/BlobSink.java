// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.OciException;

/**
 * Receives the bytes of a blob and verifies them at the end. Failures are {@link OciException}s, to distinguish them
 * from failures of the connection.
 */
public interface BlobSink extends AutoCloseable {

    /** Whether the blob is already complete because another writer was faster; then there is nothing to do. */
    boolean isComplete();

    /** Returns the number of bytes already present, from the beginning of the blob. */
    long have();

    /** Discards the bytes received so far. */
    void restart();

    /** Receives the next bytes. */
    void write(byte[] bytes, int offset, int length);

    /**
     * Verifies and stores the bytes.
     *
     * @throws OciException.DigestMismatch if the size or the digest differs; nothing is stored
     */
    void commit();

    /** Returns the whole blob, after it was committed. */
    byte[] bytes();

    @Override
    void close();
}
