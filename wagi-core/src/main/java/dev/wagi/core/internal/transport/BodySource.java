// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The body of a response that the host itself sends, read in pieces while it is sent. For one thread at a time. */
public interface BodySource extends Closeable {

    /**
     * Reads the next bytes. May wait for a disk.
     *
     * @return how many were read, 1 or more; -1 if there are no more
     * @throws IOException if they cannot be read
     */
    int read(ByteBuffer bytes) throws IOException;

    @Override
    void close();
}
