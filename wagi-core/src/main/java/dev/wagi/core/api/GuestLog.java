// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * Receives what guests write to standard error. The default writes to the SLF4J logger {@code dev.wagi.guest.<module
 * name>}.
 */
@FunctionalInterface
public interface GuestLog {

    /**
     * Receives one line. Called by the threads that run guests, many at a time; it should not block.
     *
     * @param module the module's name
     * @param requestId the request's id, as in the {@code X-Request-Id} field of its response
     * @param line the line without its line end, decoded as UTF-8, cut at 8 KiB, and then with control characters
     *     escaped
     */
    void line(String module, String requestId, String line);
}
