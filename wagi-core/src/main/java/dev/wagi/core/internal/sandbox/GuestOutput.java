// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.io.IOException;

/** Standard output or standard error of a guest. */
public interface GuestOutput {

    /**
     * Writes all of the bytes; may block. The caller keeps the array.
     *
     * @throws IOException if the output can no longer be delivered; the guest is stopped
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Sends what was written so far; called when the guest asks for it or is about to wait.
     *
     * @throws IOException as {@link #write}
     */
    void flush() throws IOException;
}
