// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.io.IOException;

/** Standard output or standard error of a guest. */
public interface GuestOutput {

    /**
     * Takes all of the bytes; may block. The array is the caller's.
     *
     * @throws IOException if nobody takes the output any more; the guest is stopped
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Passes on what was taken so far: called when the guest asks for it or is about to wait.
     *
     * @throws IOException as {@link #write}
     */
    void flush() throws IOException;
}
