// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.OciException;

/**
 * Takes the bytes of a blob and checks them at the end. Its failures are {@link OciException}s, so that they are not taken for
 * those of a connection.
 */
public interface BlobSink extends AutoCloseable {

    /** Whether the blob is there already, because another was faster; then nothing is to be done. */
    boolean isComplete();

    /** How many bytes from the beginning are there. */
    long have();

    /** Throws away what is there. */
    void restart();

    /** Takes the next bytes. */
    void write(byte[] bytes, int offset, int length);

    /**
     * Checks and keeps them.
     *
     * @throws OciException.DigestMismatch if it has another size or digest; nothing is kept
     */
    void commit();

    /** The whole, after it was committed. */
    byte[] bytes();

    @Override
    void close();
}
