// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.io.IOException;

/** Standard input of a guest. */
@FunctionalInterface
public interface GuestInput {

    /**
     * Reads at least one byte unless the end is reached or {@code length} is 0; may block.
     *
     * @return the number of bytes read, or -1 at the end
     * @throws IOException if the input was interrupted; the guest is stopped
     */
    int read(byte[] buffer, int offset, int length) throws IOException;

    /**
     * Returns whether the next read will not block. The guest's output is flushed before it is left waiting.
     *
     * @throws IOException as {@link #read}
     */
    default boolean isReady() throws IOException {
        return true;
    }

    /**
     * Returns whether {@link #isReady} becomes true without a read when data arrives. If not, because the transport
     * only notices data while it reads, the guest must be allowed to block in a read; otherwise it would poll
     * indefinitely.
     */
    default boolean isWatched() {
        return true;
    }
}
