// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

/**
 * The import module {@code wasi_experimental_http}. Outbound HTTP is not built yet, so every destination is refused.
 */
final class OutboundHttp {

    static final String MODULE = "wasi_experimental_http";

    /** Error 7 of its interface: destination not allowed. */
    private static final int DESTINATION_NOT_ALLOWED = 7;

    static final HostFunctions FUNCTIONS = new HostFunctions(MODULE)
            .add("req", "iiiiiiiiii", (guest, memory, args) -> DESTINATION_NOT_ALLOWED)
            .add("close", "i", (guest, memory, args) -> DESTINATION_NOT_ALLOWED)
            .add("header_get", "iiiiii", (guest, memory, args) -> DESTINATION_NOT_ALLOWED)
            .add("headers_get_all", "iiii", (guest, memory, args) -> DESTINATION_NOT_ALLOWED)
            .add("body_read", "iiii", (guest, memory, args) -> DESTINATION_NOT_ALLOWED);

    private OutboundHttp() {}
}
