// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

/**
 * How long the header of a request may be.
 *
 * @param value in bytes, as {@link dev.wagi.server.WagiServer.Builder#maxRequestHeaderBytes} takes it
 */
record HeaderBytes(int value) {

    private static final int LEAST = 1 << 10;
    private static final int MOST = 1 << 20;

    /**
     * Reads a decimal number of bytes.
     *
     * @throws IllegalArgumentException if it is none, or out of range
     */
    static HeaderBytes parse(String text) {
        int bytes = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
        if (bytes < LEAST || bytes > MOST) {
            throw new IllegalArgumentException(
                    "is not a number of bytes from " + LEAST + " to " + MOST + "; write for instance \"32768\"");
        }
        return new HeaderBytes(bytes);
    }
}
