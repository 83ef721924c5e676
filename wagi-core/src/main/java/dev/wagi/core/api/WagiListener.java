// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;

/** Is told what WAGI does. Every method has an empty default; they are called by several threads and should not block. */
public interface WagiListener {

    /**
     * A module's bytes are there and are about to be compiled; modules with equal bytes are compiled once.
     *
     * @param origin where the bytes came from
     */
    default void moduleLoading(String origin) {}

    /**
     * A module is ready to run.
     *
     * @param origin as in {@link #moduleLoading}
     * @param took the time from then
     */
    default void moduleLoaded(String origin, Duration took) {}

    /**
     * A request ran into a limit and was answered accordingly.
     *
     * @param module the module's name
     * @param requestId the request's id
     * @param limit the limit's key in {@code modules.toml}, for instance {@code timeout}; {@code max_queue} for a request
     *     that found no place
     */
    default void limitReached(String module, String requestId, String limit) {}

    /**
     * A guest did not end after its timeout and its interrupts, which is a bug of the host or its engine. Its client was
     * answered and its place given back, but its thread is lost until it ends. The log has its stack. With the eighth such
     * thread a module is out of service: its requests are answered 503 until one of them ends, or it is reloaded.
     *
     * @param module the module's name
     * @param requestId the request's id
     */
    default void guestAbandoned(String module, String requestId) {}

    /**
     * A guest's outbound request has ended, or its response's head is there. Redirects are calls of their own; so are
     * requests that were refused for their address.
     *
     * @param module the module's name
     * @param host where to, in lower case and ASCII
     * @param status the status of the response, or 0 if there was none
     * @param took the time up to then, the lookup of the name included
     */
    default void outboundCall(String module, String host, int status, Duration took) {}
}
