// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * Takes what guests write to standard error. The default writes to the SLF4J logger {@code dev.wagi.guest.<module name>}.
 */
@FunctionalInterface
public interface GuestLog {

    /**
     * Takes one line. Called by the thread that runs the guest, so by many at once; it should not block.
     *
     * @param module the module's name
     * @param requestId the request's id, as in the {@code X-Request-Id} of its response
     * @param line the line without its end, UTF-8 decoded, at most 8 KiB long, and then its control characters escaped
     */
    void line(String module, String requestId, String line);
}
