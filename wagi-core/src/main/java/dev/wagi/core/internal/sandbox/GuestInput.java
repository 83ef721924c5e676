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
     * @throws IOException if the input broke off; the guest is stopped
     */
    int read(byte[] buffer, int offset, int length) throws IOException;

    /**
     * Whether the next read will not block. What the guest has printed is sent before it is left waiting.
     *
     * @throws IOException as {@link #read}
     */
    default boolean isReady() throws IOException {
        return true;
    }

    /**
     * Whether {@link #isReady} turns true by itself when something comes. Where it may not, because the transport sees what
     * comes only while it reads, a guest must be let into a read that blocks: it would ask for ever.
     */
    default boolean isWatched() {
        return true;
    }
}
